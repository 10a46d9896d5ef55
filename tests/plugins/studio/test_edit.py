"""Editing a video, and trying again what failed."""

import pytest

from core.models import Role, Video, Visibility
from core.testing.sites import Browser, Site
from tests.plugins.studio.conftest import NO_VIDEO, MakeVideo

DETAILS = {"title": "Four days", "description": "One **tent**.", "visibility": "private"}


async def test_details_are_saved(studio: Browser, make_video: MakeVideo) -> None:
    video_id = await make_video()
    answer = await studio.post(f"/studio/videos/{video_id}", DETAILS)
    assert (answer.status, answer.headers["Location"]) == (303, f"/studio/videos/{video_id}?saved=1")
    assert "All changes saved" in (await studio.get(answer.headers["Location"])).text
    video = await Video.get(id=video_id)
    assert (video.title, video.description, video.visibility) == ("Four days", "One **tent**.", Visibility.PRIVATE)


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", " "), ("title", "x" * 121), ("description", "x" * 5001), ("visibility", "everybody"), ("owner", "bob")],
)
async def test_error_keeps_what_was_typed_and_changes_nothing(
    studio: Browser, make_video: MakeVideo, field: str, value: str
) -> None:
    video_id = await make_video("Night lake")
    answer = await studio.post(f"/studio/videos/{video_id}", DETAILS | {"title": "Typed"} | {field: value})
    assert answer.status == 422
    assert 'role="alert"' in answer.text
    assert "One **tent**." in answer.text or field == "description"
    assert (await Video.get(id=video_id)).title == "Night lake"


async def test_poison_stays_text(studio: Browser, make_video: MakeVideo) -> None:
    video_id = await make_video()
    poison = '"><script>alert(1)</script>{{ 7 * 7 }}'
    await studio.post(f"/studio/videos/{video_id}", DETAILS | {"title": poison, "description": poison})
    for path in ("/studio", f"/studio/videos/{video_id}", f"/studio/videos/{video_id}/delete"):
        page = (await studio.get(path)).text
        assert "<script>alert" not in page
        assert "{{ 7 * 7 }}" in page


async def test_page_shows_every_step(studio: Browser, make_video: MakeVideo) -> None:
    page = (await studio.get(f"/studio/videos/{await make_video()}")).text
    assert page.count('<li data-state="done">') >= 3
    assert "Check the file" in page


async def test_unlisted_video_shows_its_secret_link(studio: Browser, make_video: MakeVideo) -> None:
    video = await Video.get(id=await make_video(visibility="unlisted"))
    page = (await studio.get(f"/studio/videos/{video.id}")).text
    assert "Secret link" in page
    assert f'value="http://127.0.0.1:8000/watch/{video.id}?key={video.link_key}"' in page


async def test_failure_is_explained_and_can_be_tried_again(site: Site, studio: Browser, make_video: MakeVideo) -> None:
    path = f"/studio/videos/{await make_video(content=NO_VIDEO)}"
    failed = (await studio.get(path)).text
    assert "Export it again as MP4" in failed
    assert f'action="{path}/retry"' in failed
    answer = await studio.post(f"{path}/retry")
    assert (answer.status, answer.headers["Location"]) == (303, path)
    assert ">Processing<" in (await studio.get(path)).text
    await site.work()
    assert ">Failed<" in (await studio.get(path)).text


async def test_unfinished_upload_cannot_be_processed(studio: Browser, draft: str) -> None:
    assert (await studio.post(f"/studio/videos/{draft}/retry")).status == 409


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("POST", ""), ("POST", "/retry"), ("GET", "/delete"), ("POST", "/delete")]
)
async def test_foreign_video_is_not_there(site: Site, make_video: MakeVideo, method: str, path: str) -> None:
    video_id = await make_video("Night lake")
    other = await site.browser(await site.user("bob", Role.CREATOR))
    for each in (video_id, "0" * 16):
        url = f"/studio/videos/{each}{path}"
        answer = await other.get(url) if method == "GET" else await other.post(url, {} if path else DETAILS)
        assert answer.status == 404
    assert (await Video.get(id=video_id)).title == "Night lake"


async def test_original_can_be_downloaded_under_its_own_name(
    studio: Browser, make_video: MakeVideo, draft: str
) -> None:
    video_id = await make_video()
    link = f'href="/api/v1/videos/{video_id}/original" download="clip.mp4">Download the original</a>'
    assert link in (await studio.get(f"/studio/videos/{video_id}")).text
    assert "Download the original" not in (await studio.get(f"/studio/videos/{draft}")).text
