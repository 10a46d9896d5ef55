"""Locks and sums are the engine's: the same moves on PostgreSQL, several at once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.models import Job, JobState, StorageCopy, Video, Visibility
from core.storage_moves import Course, moving, rekey_when_narrowed
from core.testing.sites import Browser, Site, open_site
from tests.core.storage_moves.watching import PLUGINS, SETTINGS, Mover, Viewer, contents, storages_of_rows
from tests.fakes.storage_memory import MemoryStorage

pytestmark = pytest.mark.slow


@pytest.fixture
async def site(tmp_path: Path, postgres_url: str) -> AsyncIterator[Site]:
    settings = {**SETTINGS, "database": {"url": postgres_url}}
    async with open_site(tmp_path / "data", PLUGINS, settings) as opened:
        yield opened


async def test_several_runs_at_once_end_in_one_place(
    site: Site, viewer: Viewer, house: MemoryStorage, attic: MemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "_WAIT_SECONDS", 0.01)
    before = contents(house)
    assert await Course("attic").measure() == (3, sum(map(len, before)))
    async with viewer.watching():
        for back in (False, True, False):
            runs = [Mover(site).move("attic", back=back) for _ in range(3)]
            assert {*await asyncio.gather(*runs)} == {True}
            assert {*await storages_of_rows()} == {"storage_memory" if back else "attic"}
    await Mover(site).after_six_hours()
    assert (viewer.troubles, house.objects, contents(attic)) == ([], {}, before)
    assert await viewer.watch()


async def test_new_keys_on_postgresql(
    site: Site, studio: Browser, video: Video, house: MemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house, "asks_gate", False)
    keys = {key for key in house.objects if key.startswith("videos/")}
    async with site.services.jobs.transaction() as work:
        await rekey_when_narrowed(work, video, Visibility.PRIVATE)
        await Video.filter(id=video.id).using_db(work.connection).update(visibility=Visibility.PRIVATE)
    await site.work()
    assert not keys & set(house.objects)
    assert await Viewer(studio, video.id).watch()
    assert (await StorageCopy.all().count(), await Job.filter(state=JobState.FAILED).count()) == (0, 0)
