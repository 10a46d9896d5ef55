"""The end of a deletion: it is told, it goes on after any failure, and it may come twice (R-9, R-19)."""

from datetime import UTC, datetime, timedelta

import pytest
from structlog.typing import EventDict

from core.models import Job, JobState, Video
from core.storage import StorageError
from core.testing.sites import Browser, Site
from tests.core.videos import observer
from tests.core.videos.stages import NOTHING, erase, inventory, unfinished
from tests.core.videos.uploading import due
from tests.fakes.storage_memory import MemoryStorage


async def test_erasing_twice_and_announcing_what_is_gone_are_no_faults(
    site: Site, studio: Browser, published: Video
) -> None:
    await studio.api("DELETE", f"/videos/{published.id}")
    await erase(site)
    async with site.services.jobs.transaction() as work:
        await work.enqueue("videos.erase", subject=published.id)
        await work.enqueue("hooks.announce", {"hook": "video_deleted"}, subject=published.id)
        await work.enqueue("uploads.expire", {"upload": "0" * 26}, subject=published.id)
    await site.work()
    assert not await Job.filter(state=JobState.FAILED).exists()


async def test_deletion_is_announced_before_its_row_goes(
    site: Site, studio: Browser, published: Video, watch: observer.Watch
) -> None:
    await studio.api("DELETE", f"/videos/{published.id}")
    later = datetime.now(UTC) + timedelta(hours=1)
    await Job.filter(kind="hooks.announce", state=JobState.READY).update(run_at=later)
    await erase(site)
    assert await Video.exists(id=published.id)
    assert (await inventory(site))[5:7] == [set(), set()]
    await due(site, "hooks.announce")
    await erase(site)
    assert watch.heard[-1] == "deleted"
    assert await inventory(site) == NOTHING


async def test_erasing_goes_on_when_the_storage_is_back_r_9(
    site: Site, studio: Browser, published: Video, monkeypatch: pytest.MonkeyPatch, logs: list[EventDict]
) -> None:
    async def delete(*_: object) -> None:
        raise StorageError("the store is away")

    await studio.api("DELETE", f"/videos/{published.id}")
    with monkeypatch.context() as away:
        away.setattr(MemoryStorage, "delete", delete)
        await erase(site)
    assert await unfinished(published.id) == ["videos.erase"]
    assert (await studio.api("POST", f"/videos/{published.id}/restore", {})).status == 404
    await erase(site)
    assert await inventory(site) == NOTHING
    logs.clear()
