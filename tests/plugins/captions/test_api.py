"""Captions by the JSON API: whose they are, who reads them, what they are served as."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from openapi_spec_validator import validate

from core.models import Role, Video, Visibility
from core.testing.sites import Browser, Site
from core.users import create_user
from plugins.captions.models import Caption
from plugins.captions.tracks import MAX_LANGUAGES
from tests.plugins.captions.conftest import SRT, VTT, Put


async def listed(browser: Browser, video: Video) -> list[dict[str, Any]]:
    answer = await browser.api("GET", f"/videos/{video.id}/captions")
    assert answer.status == 200, answer.text
    items: list[dict[str, Any]] = answer.json["items"]
    return items


async def test_captions_are_listed_and_read_as_webvtt(client: Browser, video: Video, put: Put) -> None:
    assert (await put(SRT, language="de")).status == 200
    assert (await put(language="pt-br", label="Fala")).status == 200
    (german, portuguese) = await listed(client, video)
    assert (german["language"], german["label"]) == ("de", "Deutsch")
    assert (portuguese["language"], portuguese["label"]) == ("pt-BR", "Fala")
    text = await client.get(german["url"])
    assert (text.status, text.headers["Content-Type"]) == (200, "text/vtt; charset=utf-8")
    assert text.text.startswith("WEBVTT\n")
    assert "Guten <i>Morgen</i>" in text.text


async def test_t10_text_is_served_as_captions_and_nothing_else(client: Browser, video: Video, put: Put) -> None:
    await put()
    text = await client.get((await listed(client, video))[0]["url"])
    assert text.headers["X-Content-Type-Options"] == "nosniff"
    assert text.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert text.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert text.headers["Cache-Control"] == "public, max-age=3600"


async def test_second_file_in_a_language_replaces_the_first(client: Browser, video: Video, put: Put) -> None:
    await put()
    (before,) = await listed(client, video)
    await put(VTT.replace(b"morning", b"evening"), language="EN")
    (after,) = await listed(client, video)
    assert before["url"] != after["url"]
    assert (await client.get(before["url"])).status == 404
    assert "evening" in (await client.get(after["url"])).text


async def test_files_sent_at_once_leave_one(video: Video, put: Put) -> None:
    answers = await asyncio.gather(*(put() for _ in range(4)))
    assert {answer.status for answer in answers} == {200}
    assert await Caption.filter(video_id=video.id).count() == 1


async def test_captions_can_be_deleted(studio: Browser, video: Video, put: Put) -> None:
    await put()
    path = f"/videos/{video.id}/captions?language=en"
    assert (await studio.api("DELETE", path)).status == 204
    assert (await studio.api("DELETE", path)).status == 404
    assert await listed(studio, video) == []


TAGS = ["../x", "..", "en/../../x", "..%2fx", "en\\x", "en-x-evil", "xx", "deutsch", "", "e", "en\0", "en" * 500, "１"]


@pytest.mark.parametrize("tag", TAGS)
async def test_t10_language_is_one_of_the_registry(studio: Browser, video: Video, put: Put, tag: str) -> None:
    answer = await put(language=tag)
    assert (answer.status, list(answer.json["errors"])) == (422, ["language"])
    async with studio.request("DELETE", f"/api/v1/videos/{video.id}/captions", params={"language": tag}) as refused:
        assert refused.status == 422
    assert not await Caption.exists()


async def test_t10_label_stays_text_and_leads_nowhere(client: Browser, video: Video, put: Put) -> None:
    label = '../../"><script>alert(1)</script>'
    await put(label=label)
    (item,) = await listed(client, video)
    caption = await Caption.get(video_id=video.id)
    assert item["label"] == label
    assert item["url"] == f"/videos/{video.id}/captions/{caption.id}.vtt"
    page = (await client.get(f"/watch/{video.id}")).text
    assert "<script>alert" not in page
    assert f'src="{item["url"]}" srclang="en"' in page
    hls = (await client.api("GET", f"/videos/{video.id}")).json["hls_url"]
    assert """NAME="../../'><script>alert(1)</script>",""" in (await client.get(hls)).text


BAD = {
    "ASS": (b"[Script Info]\n", 415, "unsupported_captions"),
    "mistake": (b"WEBVTT\n\nsoon --> later\nHi\n", 422, "invalid_captions"),
    "too long": (b"WEBVTT\n\n" + b"x" * 1024**2, 413, "too_large"),
    "nothing": (b"", 415, "unsupported_captions"),
}


@pytest.mark.parametrize("name", BAD)
async def test_t10_what_is_refused_changes_nothing(video: Video, put: Put, name: str) -> None:
    await put()
    content, status, code = BAD[name]
    answer = await put(content)
    assert (answer.status, answer.json["code"]) == (status, code)
    assert "morning" in (await Caption.get(video_id=video.id)).text


async def test_body_says_that_it_is_captions(studio: Browser, video: Video) -> None:
    path, form = f"/api/v1/videos/{video.id}/captions?language=en", {"Content-Type": "text/plain"}
    async with studio.request("PUT", path, data=VTT, headers=form) as answer:
        assert answer.status == 415


async def test_languages_are_counted(video: Video, put: Put) -> None:
    await Caption.bulk_create(
        [
            Caption(video_id=video.id, language=f"x{n}", label="x", text="WEBVTT", size=0)
            for n in range(MAX_LANGUAGES - 1)
        ]
    )
    assert (await put()).status == 200
    assert (await put()).status == 200
    assert (await put(language="de")).json["code"] == "too_many_languages"


async def test_captions_wait_until_the_length_is_known(studio: Browser, put: Put) -> None:
    new = {"file_name": "clip.mp4", "size": 5000, "content_type": "video/mp4"}
    video_id = (await studio.api("POST", "/uploads", new)).json["video_id"]
    answer = await put(of=video_id)
    assert (answer.status, answer.json["code"]) == (409, "not_playable")


async def test_only_the_owner_changes_captions(site: Site, client: Browser, video: Video, put: Put) -> None:
    await put()
    bob = await site.browser(await site.user("bob", Role.ADMIN))
    for browser, status in ((client, 401), (bob, 404)):
        assert (await put(browser=browser)).status == status
        assert (await browser.api("DELETE", f"/videos/{video.id}/captions?language=en")).status == status
    assert await Caption.exists()


@pytest.mark.parametrize("visibility", [Visibility.PRIVATE, Visibility.UNLISTED])
async def test_whoever_may_not_watch_may_not_read(
    client: Browser, studio: Browser, video: Video, put: Put, visibility: Visibility
) -> None:
    await put()
    await Video.filter(id=video.id).update(visibility=visibility)
    (item,) = await listed(studio, video)
    own = await studio.get(item["url"])
    assert (own.status, own.headers["Cache-Control"]) == (200, "no-store")
    assert ("?key=" in item["url"]) == (visibility is Visibility.UNLISTED)
    assert (await client.get(item["url"])).status == (200 if visibility is Visibility.UNLISTED else 404)
    assert (await client.get(item["url"].partition("?")[0])).status == 404
    assert (await client.api("GET", f"/videos/{video.id}/captions")).status == 404


async def test_deleted_video_has_no_captions(studio: Browser, video: Video, put: Put) -> None:
    await put()
    (item,) = await listed(studio, video)
    await Video.filter(id=video.id).update(deleted_at=datetime.now(UTC))
    assert (await studio.get(item["url"])).status == 404
    await Video.filter(id=video.id).delete()
    assert not await Caption.exists()


async def test_captions_of_another_video_are_not_there(studio: Browser, video: Video, put: Put) -> None:
    await put()
    (item,) = await listed(studio, video)
    assert (await studio.get(item["url"].replace(video.id, "0" * 16))).status == 404


async def test_document_describes_the_body(site: Site) -> None:
    document = json.loads(json.dumps(site.services.reference.document))
    validate(document)
    put = document["paths"]["/api/v1/videos/{video_id}/captions"]["put"]
    assert put["requestBody"] == {"required": True, "content": {"text/vtt": {"schema": {"type": "string"}}}}
    assert {"404", "409", "413", "415", "422"} <= set(put["responses"])


async def test_captions_are_exported_and_erased_with_their_person(site: Site, video: Video, put: Put) -> None:
    await put()
    ada = await video.owner
    bob = await create_user(handle="bob", email=None, display_name="Bob", role=Role.CREATOR)
    hooks = site.services.hooks
    (exported,) = [part["captions"] async for part in hooks.ask("export_user", user=ada) if part.get("captions")]
    assert [(row["video_id"], row["language"], row["label"]) for row in exported] == [(video.id, "en", "English")]
    assert "morning" in exported[0]["text"]
    await hooks.ask_guards("erase_user", user=bob)
    assert await Caption.exists()
    await hooks.ask_guards("erase_user", user=ada)
    assert not await Caption.exists()
