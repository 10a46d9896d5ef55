"""The form in the studio, as a browser without scripts sends it."""

import io

import aiohttp
import pytest

from core.models import Role, Video
from core.testing.sites import Answer, Browser, Site
from plugins.captions.models import Caption
from tests.plugins.captions.conftest import SRT, VTT, Put


async def send(browser: Browser, video: Video, *, file: bytes | None = VTT, **fields: str) -> Answer:
    """Send the form."""
    form = aiohttp.FormData({"language": "en", "label": "", **fields}, default_to_multipart=True)
    if file is not None:
        form.add_field("file", io.BytesIO(file), filename="../../evil.php", content_type="text/html")
    async with browser.request("POST", f"/studio/videos/{video.id}/captions", data=form) as response:
        return Answer(response.status, response.headers, await response.read(), response.cookies)


async def test_form_on_the_edit_page_adds_captions(studio: Browser, video: Video) -> None:
    page = f"/studio/videos/{video.id}"
    assert f'enctype="multipart/form-data" action="{page}/captions"' in (await studio.get(page)).text
    answer = await send(studio, video, file=SRT, language="de")
    assert (answer.status, answer.headers["Location"]) == (303, f"{page}#captions")
    assert ">Deutsch</a>" in (await studio.get(page)).text
    assert "Guten" in (await Caption.get(video_id=video.id, language="de")).text


@pytest.mark.parametrize(
    ("fields", "file", "status", "sentence"),
    [
        ({"language": "../x"}, VTT, 422, "It should be a language tag"),
        ({"label": "x" * 61}, VTT, 422, "should have at most 60"),
        ({}, None, 422, "Choose a file."),
        ({}, b"", 422, "Choose a file."),
        ({}, b"[Script Info]", 415, "This is neither SRT nor WebVTT."),
        ({}, b"WEBVTT\n\na --> b\nHi", 422, "Line 3: it should hold two times"),
    ],
)
async def test_error_is_said_beside_what_was_typed(
    studio: Browser, video: Video, fields: dict[str, str], file: bytes | None, status: int, sentence: str
) -> None:
    answer = await send(studio, video, file=file, **({"language": "sv"} | fields))
    assert answer.status == status
    assert sentence in answer.text
    assert f'value="{fields.get("language", "sv")}"' in answer.text
    assert not await Caption.exists()


async def test_t10_form_is_limited(studio: Browser, video: Video) -> None:
    assert (await send(studio, video, file=b"x" * (1024**2 + 1))).status == 413
    assert (await send(studio, video, label="x" * 2000)).status == 400
    assert (await send(studio, video, owner="bob")).status == 422
    plain = await studio.post(f"/studio/videos/{video.id}/captions", {"language": "en"})
    assert plain.status == 415


BOUNDLESS = [b"", b"--x\r\n\r\n", b"no part at all", b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nhalf']


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=x"])
@pytest.mark.parametrize("body", BOUNDLESS)
async def test_broken_form_is_refused(studio: Browser, video: Video, kind: str, body: bytes) -> None:
    headers = {"Content-Type": kind}
    async with studio.request("POST", f"/studio/videos/{video.id}/captions", data=body, headers=headers) as answer:
        assert answer.status in (400, 422)


async def test_captions_are_deleted_by_a_button(studio: Browser, video: Video, put: Put) -> None:
    await put()
    path = f"/studio/videos/{video.id}/captions"
    assert (await studio.post(f"{path}/delete", {"language": "../x"})).status == 422
    assert (await studio.post(f"{path}/delete", {"language": "en"})).status == 303
    assert not await Caption.exists()


async def test_foreign_video_is_not_there(site: Site, video: Video, put: Put) -> None:
    await put()
    bob = await site.browser(await site.user("bob", Role.CREATOR))
    path = f"/studio/videos/{video.id}/captions"
    assert (await bob.get(path)).status == 404
    assert (await send(bob, video)).status == 404
    assert (await bob.post(f"{path}/delete", {"language": "en"})).status == 404


async def test_t10_names_stay_text_on_every_page(studio: Browser, video: Video, put: Put) -> None:
    await put(label="<img src=x onerror=alert(1)>{{ 7 * 7 }}")
    for path in (f"/studio/videos/{video.id}", f"/studio/videos/{video.id}/captions", f"/watch/{video.id}"):
        page = (await studio.get(path)).text
        assert "<img src=x" not in page
        assert "{{ 7 * 7 }}" in page


async def test_video_without_a_length_has_no_form_yet(studio: Browser) -> None:
    new = {"file_name": "clip.mp4", "size": 5000, "content_type": "video/mp4"}
    video_id = (await studio.api("POST", "/uploads", new)).json["video_id"]
    page = (await studio.get(f"/studio/videos/{video_id}/captions")).text
    assert "Captions can be added as soon as the video can be watched." in page
    assert 'type="file"' not in page
