"""One local copy serves every job that reads an original, goes when nobody does, and fails for nobody else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import cast

import pytest

from core.models import Job
from core.storage import ObjectMissing, Storage, StorageKey
from core.testing.sites import Browser, Site
from core.videos.originals import Originals
from core.videos.runs import CHUNK
from tests.core.videos.failing import status_of
from tests.fakes.storage_memory import MemoryStorage
from tests.fakes.transcoder_instant import instant_video

KEY = StorageKey("incoming/a/b.mp4")


class FarAway:
    """A store whose downloads wait for a word, and are counted."""

    name = "far"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.arrived = asyncio.Event()
        self.arrived.set()
        self.missing = False
        self.begun = self.ended = 0

    @asynccontextmanager
    async def local_copy(self, key: StorageKey) -> AsyncIterator[Path]:
        self.begun += 1
        path = self.folder / f"copy-{self.begun}"
        try:
            await self.arrived.wait()
            if self.missing:
                raise ObjectMissing(key)
            path.write_bytes(b"film")
            yield path
        finally:
            path.unlink(missing_ok=True)
            self.ended += 1


@pytest.fixture
def far(tmp_path: Path) -> FarAway:
    return FarAway(tmp_path)


@pytest.fixture
async def originals() -> AsyncIterator[Originals]:
    opened = Originals()
    yield opened
    await opened.close()


async def content(originals: Originals, far: FarAway) -> bytes:
    async with originals.open(cast("Storage", far), KEY) as path:
        await asyncio.sleep(0)
        return path.read_bytes()


async def test_jobs_side_by_side_and_one_after_another_share_a_copy(originals: Originals, far: FarAway) -> None:
    assert await asyncio.gather(*(content(originals, far) for _ in range(3))) == [b"film"] * 3
    assert await content(originals, far) == b"film"
    assert far.begun == 1


async def test_copy_goes_some_time_after_its_last_reader(far: FarAway) -> None:
    originals = Originals(linger=0.01)
    await content(originals, far)
    async with asyncio.timeout(30):
        while not far.ended:
            await asyncio.sleep(0.01)
    assert list(far.folder.iterdir()) == []
    assert await content(originals, far) == b"film"
    await originals.close()
    assert (far.begun, far.ended) == (2, 2)


async def test_reader_that_is_cancelled_leaves_the_download_to_the_others(originals: Originals, far: FarAway) -> None:
    far.arrived.clear()
    leaving, staying = (asyncio.create_task(content(originals, far)) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    far.arrived.set()
    assert await staying == b"film"
    assert far.begun == 1


async def test_download_that_nobody_waits_for_ends(originals: Originals, far: FarAway) -> None:
    far.arrived.clear()
    reading = asyncio.create_task(content(originals, far))
    while not far.begun:
        await asyncio.sleep(0)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    async with asyncio.timeout(30):
        while not far.ended:
            await asyncio.sleep(0)


async def test_download_that_fails_is_tried_again_by_the_next(originals: Originals, far: FarAway) -> None:
    far.missing = True
    for _ in range(2):
        with pytest.raises(ObjectMissing):
            await content(originals, far)
    far.missing = False
    assert await content(originals, far) == b"film"
    assert far.begun == 3


async def test_copy_that_somebody_removed_is_made_again(originals: Originals, far: FarAway) -> None:
    await content(originals, far)
    (far.folder / "copy-1").unlink()
    assert await content(originals, far) == b"film"
    await originals.close()
    assert (far.begun, far.ended) == (2, 2)


async def test_storage_sends_an_original_once_for_every_step_of_a_run(
    site: Site, studio: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[StorageKey] = []
    local_copy = MemoryStorage.local_copy

    def counted(self: MemoryStorage, key: StorageKey) -> AbstractAsyncContextManager[Path]:
        read.append(key)
        return local_copy(self, key)

    monkeypatch.setattr(MemoryStorage, "local_copy", counted)
    video_id = str((await site.upload(studio, instant_video(codec="vp9", seconds=60)))["video_id"])
    await site.work()
    assert (await status_of(studio, video_id))["state"] == "published"
    assert await Job.filter(kind=CHUNK, subject=video_id).count() > 1
    assert len(read) == 1
