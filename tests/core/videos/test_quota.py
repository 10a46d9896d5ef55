"""What a user may store and begin: exact under any number of tabs, on either database (U-14, B-4, R-14)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.models import Job, Role, Upload, User, Video
from core.storage import StorageKey
from core.testing.sites import Browser, Site, open_site
from tests.core.videos.conftest import PLUGINS, Opener
from tests.core.videos.uploading import LIMITS, NEW, SIZE, due
from tests.fakes.storage_memory import MemoryStorage
from tests.fakes.transcoder_instant import instant_video

TENTH = {**NEW, "size": 100_000}
QUOTA = {**LIMITS, "quota": 1_000_000, "open_per_user": 100}


@pytest.fixture
async def site(tmp_path: Path, database_url: str) -> AsyncIterator[Site]:
    settings = {"uploads": QUOTA, "database": {"url": database_url}}
    async with open_site(tmp_path / "data", PLUGINS, settings) as opened:
        yield opened


async def use(browser: Browser) -> dict[str, Any]:
    answer = await browser.api("GET", "/storage")
    assert answer.status == 200
    found: dict[str, Any] = answer.json
    return found


async def stored_bytes(site: Site) -> int:
    roots = [StorageKey("originals"), StorageKey("videos")]
    return sum([found.size for root in roots async for found in site.services.storage.list(root)])


async def test_fifty_creates_at_once_reserve_exactly_the_quota_u_14(site: Site, studio: Browser) -> None:
    answers = await asyncio.gather(*(studio.api("POST", "/uploads", TENTH) for _ in range(50)))
    assert sorted(answer.status for answer in answers) == [201] * 10 + [413] * 40
    assert {answer.json["code"] for answer in answers if answer.status == 413} == {"quota_exceeded"}
    assert await use(studio) == {"used": 0, "deleted": 0, "reserved": 1_000_000, "quota": 1_000_000}
    assert sum([upload.size for upload in await Upload.all()]) == 1_000_000
    assert await Video.all().count() == 10
    assert isinstance(site.services.storage, MemoryStorage)
    assert len(site.services.storage.uploads) == 10


async def test_refusal_says_what_is_used_and_what_to_do_u_14(studio: Browser) -> None:
    for _ in range(9):
        await studio.api("POST", "/uploads", TENTH)
    refused = await studio.api("POST", "/uploads", {**TENTH, "size": 100_001})
    assert refused.json["detail"] == (
        "This file has 100.0 kB, and you use 0 Bytes of 1.0 MB, with 900.0 kB more reserved for unfinished uploads. "
        "To make room, delete a video for good or cancel an upload."
    )
    assert (await studio.api("POST", "/uploads", TENTH)).status == 201


async def test_use_is_what_the_storage_holds_at_every_quiet_moment_r_14(site: Site, studio: Browser) -> None:
    content = instant_video()
    opened = (await studio.api("POST", "/uploads", NEW)).json
    await site.upload(studio, content)
    assert await use(studio) == {"used": len(content), "deleted": 0, "reserved": SIZE, "quota": 1_000_000}
    await site.work()
    assert (await use(studio))["used"] == await stored_bytes(site) > len(content)
    await due(site, "videos.retire")
    assert (await use(studio))["used"] == await stored_bytes(site)
    await studio.api("DELETE", f"/uploads/{opened['id']}")
    assert (await use(studio))["reserved"] == 0


async def test_forgotten_upload_gives_its_reservation_back_u_15(site: Site, studio: Browser) -> None:
    await studio.api("POST", "/uploads", {**NEW, "size": 1_000_000})
    assert (await studio.api("POST", "/uploads", NEW)).status == 413
    await due(site, "uploads.expire")
    assert (await studio.api("POST", "/uploads", NEW)).status == 201


async def test_deleted_video_takes_space_until_it_is_erased_r_14(site: Site, studio: Browser) -> None:
    video_id = (await site.upload(studio, instant_video()))["video_id"]
    await site.work()
    taken = await stored_bytes(site)
    assert (await studio.api("DELETE", f"/videos/{video_id}")).status == 204
    assert await use(studio) == {"used": taken, "deleted": taken, "reserved": 0, "quota": 1_000_000}
    refused = await studio.api("POST", "/uploads", {**NEW, "size": 1_000_000})
    assert "kB of it by deleted videos), with 0 Bytes more reserved" in refused.json["detail"]
    assert (await studio.api("DELETE", f"/videos/{video_id}?for_good=true")).status == 204
    await due(site, "videos.erase")
    assert (await use(studio))["used"] == await stored_bytes(site) == 0
    assert (await studio.api("POST", "/uploads", {**NEW, "size": 1_000_000})).status == 201


async def test_deleted_draft_gives_its_reservation_back_at_once(studio: Browser) -> None:
    draft = (await studio.api("POST", "/uploads", {**NEW, "size": 1_000_000})).json
    await studio.api("DELETE", f"/videos/{draft['video_id']}")
    assert (await studio.api("POST", "/uploads", {**NEW, "size": 1_000_000})).status == 201


async def test_everybody_has_a_quota_of_their_own(site: Site, studio: Browser) -> None:
    assert (await studio.api("POST", "/uploads", {**NEW, "size": 1_000_000})).status == 201
    other = await site.browser(await site.user("bob", Role.CREATOR))
    assert await use(other) == {"used": 0, "deleted": 0, "reserved": 0, "quota": 1_000_000}
    assert (await other.api("POST", "/uploads", NEW)).status == 201


async def test_renditions_over_the_quota_are_kept_and_stop_the_next_upload(
    site: Site, studio: Browser, client: Browser
) -> None:
    filler = (await studio.api("POST", "/uploads", {**NEW, "size": 998_000})).json
    video_id = (await site.upload(studio, instant_video()))["video_id"]
    await site.work()
    assert (await client.api("GET", f"/videos/{video_id}/status")).json["state"] == "published"
    assert (await studio.api("POST", "/uploads", {**NEW, "size": 1024})).json["code"] == "quota_exceeded"
    await studio.api("DELETE", f"/uploads/{filler['id']}")
    assert (await studio.api("POST", "/uploads", {**NEW, "size": 1024})).status == 201


async def test_quota_of_0_is_none(opener: Opener) -> None:
    async with opener(settings={"uploads": {**QUOTA, "quota": 0, "daily": 0}}) as site:
        studio = await site.browser(await site.user())
        assert [(await studio.api("POST", "/uploads", TENTH)).status for _ in range(11)] == [201] * 11
        assert await use(studio) == {"used": 0, "deleted": 0, "reserved": 1_100_000, "quota": None}


async def test_101st_upload_of_a_day_has_to_wait_b_4(site: Site, studio: Browser, creator: User) -> None:
    await User.filter(id=creator.id).update(upload_day=datetime.now(UTC).date(), uploads_begun=95)
    answers = await asyncio.gather(*(studio.api("POST", "/uploads", NEW) for _ in range(20)))
    assert sorted(answer.status for answer in answers) == [201] * 5 + [429] * 15
    refused = next(answer for answer in answers if answer.status == 429)
    assert refused.json["code"] == "too_many_uploads_today"
    assert 0 < int(refused.headers["Retry-After"]) <= 86_400
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    await User.filter(id=creator.id).update(upload_day=yesterday)
    assert (await studio.api("POST", "/uploads", NEW)).status == 201


async def test_deleting_gives_no_upload_of_the_day_back_b_4(site: Site, studio: Browser, creator: User) -> None:
    await User.filter(id=creator.id).update(upload_day=datetime.now(UTC).date(), uploads_begun=99)
    upload = (await studio.api("POST", "/uploads", NEW)).json
    await studio.api("DELETE", f"/videos/{upload['video_id']}")
    await due(site, "videos.erase")
    assert not await Upload.exists()
    assert (await studio.api("POST", "/uploads", NEW)).status == 429


async def test_refused_upload_counts_for_nothing(studio: Browser, creator: User) -> None:
    assert (await studio.api("POST", "/uploads", {**NEW, "size": 1_000_000})).status == 201
    assert (await studio.api("POST", "/uploads", NEW)).status == 413
    assert (await User.get(id=creator.id)).uploads_begun == 1
    assert await Job.all().count() == 1
