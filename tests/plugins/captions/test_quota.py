"""Captions count as their owner's storage, exactly, and what does not fit is refused as an upload is."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from core.models import Attachment, User, Video
from core.testing.sites import Browser, Site, open_site
from plugins.captions import privacy
from plugins.captions.models import Caption
from tests.conftest import EMBEDDED
from tests.fakes.transcoder_instant import instant_video
from tests.plugins.captions.conftest import SRT, VTT, Put

TEN = ("de", "en", "fr", "it", "es", "pt", "nl", "da", "sv", "fi")


@pytest.fixture
async def site(tmp_path: Path, database_url: str) -> AsyncIterator[Site]:
    settings = {"database": {"url": database_url}, "uploads": {"quota": 1_000_000, "part_size": 65_536}}
    async with open_site(tmp_path / "data", EMBEDDED, settings) as opened:
        yield opened


async def used(browser: Browser) -> int:
    return int((await browser.api("GET", "/storage")).json["used"])


async def leave(browser: Browser, room: int) -> None:
    """Reserve what is free of the quota, but for so many bytes."""
    use = (await browser.api("GET", "/storage")).json
    size = use["quota"] - use["used"] - use["reserved"] - room
    assert (await browser.api("POST", "/uploads", {"file_name": "a.mp4", "size": size})).status == 201


async def test_captions_count_as_long_as_they_are_kept(studio: Browser, video: Video, put: Put) -> None:
    before = await used(studio)
    for content, language in ((SRT, "de"), (VTT, "en"), (VTT + b"\n00:03.000 --> 00:04.000\nMore\n", "en")):
        await put(content, language=language)
        texts = [caption.text for caption in await Caption.filter(video_id=video.id)]
        assert await used(studio) == before + sum(len(text.encode()) for text in texts)
    for language in ("de", "en"):
        assert (await studio.api("DELETE", f"/videos/{video.id}/captions?language={language}")).status == 204
    assert await used(studio) == before
    assert not await Attachment.exists()


async def test_what_does_not_fit_is_refused_and_changes_nothing(studio: Browser, video: Video, put: Put) -> None:
    await put()
    size = (await Caption.get()).size
    await leave(studio, room=size - 1)
    refused = await put(SRT, language="de")
    assert (refused.status, refused.json["code"]) == (413, "quota_exceeded")
    assert [caption.language for caption in await Caption.all()] == ["en"]
    page = await studio.get(f"/studio/videos/{video.id}/captions")
    assert "English" in page.text
    # In place of what is there it fits.
    assert (await put()).status == 200


async def test_captions_sent_at_once_stay_within_the_quota_u_14(studio: Browser, video: Video, put: Put) -> None:
    await put()
    size = (await Caption.get()).size
    await leave(studio, room=3 * size)
    answers = await asyncio.gather(*(put(language=language) for language in TEN))
    assert sorted(answer.status for answer in answers) == [200] * 4 + [413] * 6
    use = (await studio.api("GET", "/storage")).json
    assert use["used"] + use["reserved"] == use["quota"]


async def test_uploads_and_captions_share_one_quota(studio: Browser, video: Video, put: Put) -> None:
    await leave(studio, room=2000)
    await put()
    upload: dict[str, Any] = {"file_name": "a.mp4", "size": 2000}
    refused = await studio.api("POST", "/uploads", upload)
    assert (refused.status, refused.json["code"]) == (413, "quota_exceeded")
    upload["size"] -= (await Caption.get()).size
    assert (await studio.api("POST", "/uploads", upload)).status == 201


async def test_captions_of_a_deleted_video_count_until_it_is_erased(
    site: Site, studio: Browser, video: Video, put: Put
) -> None:
    await put()
    whole = await used(studio)
    await studio.api("DELETE", f"/videos/{video.id}")
    use = (await studio.api("GET", "/storage")).json
    assert (use["used"], use["deleted"]) == (whole, whole)


async def test_nothing_is_counted_of_captions_that_were_erased(
    creator: User, studio: Browser, video: Video, put: Put
) -> None:
    before = await used(studio)
    await put()
    await privacy.erase(creator)
    assert await used(studio) == before


async def test_captions_stay_when_the_file_is_replaced(
    site: Site, studio: Browser, client: Browser, video: Video, put: Put
) -> None:
    await put()
    path = f"/videos/{video.id}/captions"
    before = (await client.api("GET", path)).json
    await site.upload(studio, instant_video(seconds=8), replaces=video.id)
    await site.work()
    assert (await client.api("GET", path)).json == before
    assert (await client.get(before["items"][0]["url"])).status == 200
