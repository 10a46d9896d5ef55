"""U-14: what is declared is reserved at once, exactly, and given back; nobody stores more than they declared.

The reservation on both databases and its sentences are in tests/core/videos/test_quota.py; more bytes than declared are
refused part by part (U-4); room on the disk itself is in tests/plugins/storage_disk/test_disk_full.py.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.models import Job, Upload, Video
from core.testing.sites import Browser, Site, open_site
from tests.core.videos.uploading import LIMITS, NEW, complete, send
from tests.threats.on_disk import PLUGINS, SETTINGS

MB = 1000**2
TEN = {**NEW, "size": 10 * MB}


def with_quota(quota: int) -> dict[str, object]:
    return {**SETTINGS, "uploads": {"part_size": MB, "quota": quota, "open_per_user": 100}}


@pytest.fixture
async def disk(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path / "data", PLUGINS, with_quota(100 * MB)) as opened:
        yield opened


async def test_u14_fifty_creates_at_once_reserve_the_quota_and_leave_nothing_else(disk: Site, ada: Browser) -> None:
    answers = await asyncio.gather(*(ada.api("POST", "/uploads", TEN) for _ in range(50)))
    assert sorted(answer.status for answer in answers) == [201] * 10 + [413] * 40
    assert {answer.json["code"] for answer in answers if answer.status == 413} == {"quota_exceeded"}
    use = (await ada.api("GET", "/storage")).json
    assert (use["used"], use["reserved"], use["quota"]) == (0, 100 * MB, 100 * MB)
    assert sum(upload.size for upload in await Upload.all()) == 100 * MB
    assert await Video.all().count() == await Job.filter(kind="uploads.expire").count() == 10
    below = disk.services.settings.data_dir / "media"
    assert len(list((below / ".uploads").iterdir())) == 10
    assert list((below / ".scratch").iterdir()) == []


async def test_u14_cancelling_gives_the_reservation_back(ada: Browser) -> None:
    opened = [(await ada.api("POST", "/uploads", {**NEW, "size": 50 * MB})).json for _ in range(2)]
    assert (await ada.api("POST", "/uploads", NEW)).status == 413
    await ada.api("DELETE", f"/uploads/{opened[0]['id']}")
    assert (await ada.api("GET", "/storage")).json["reserved"] == 50 * MB
    assert (await ada.api("POST", "/uploads", {**NEW, "size": 50 * MB})).status == 201
    assert (await ada.api("POST", "/uploads", NEW)).status == 413


async def test_u14_quota_lowered_in_between_keeps_what_was_promised(tmp_path: Path) -> None:
    """An upload that was allowed is never lost half-way; the next one is refused."""
    small = {**SETTINGS, "uploads": {**LIMITS, "quota": 5000}}
    async with open_site(tmp_path / "data", PLUGINS, {**SETTINGS, "uploads": LIMITS}) as site:
        user = await site.user("ada")
        upload = (await (await site.browser(user)).api("POST", "/uploads", NEW)).json
        other = (await (await site.browser(user)).api("POST", "/uploads", {**NEW, "size": 4000})).json
    async with open_site(tmp_path / "data", PLUGINS, small) as site:
        ada = await site.browser(user)
        await send(ada, upload, 1, 2, 3)
        assert (await complete(ada, upload)).status == 200
        assert (await ada.api("POST", "/uploads", NEW)).json["code"] == "quota_exceeded"
        await ada.api("DELETE", f"/uploads/{other['id']}")
        use = (await ada.api("GET", "/storage")).json
        assert (use["used"], use["reserved"], use["quota"]) == (NEW["size"], 0, 5000)
