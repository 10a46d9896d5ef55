"""R-4: a worker process that is frozen past its lease changes nothing when it wakes, and leaves nothing."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.app import running_web
from core.models import EncodedPart, Job, JobState, Rendition, RenditionSet, Role, Video
from core.services import open_services
from core.storage import StorageKey
from core.testing.sending import keys_below
from core.testing.sites import Site
from core.videos.keeping import cancel_processing
from core.videos.runs import CHUNK, FINISH, PROBE, SOUND, SWEEP
from core.videos.sweeping import files_of
from tests.chaos.recording import record
from tests.chaos.server import Server
from tests.core.videos.stages import run_only
from tests.fakes.transcoder_instant import instant_video

pytestmark = pytest.mark.slow

PLUGINS = ["storage_disk", "transcoder_frozen"]
SETTINGS = {
    "chunks": {"shortest": 10, "longest": 20},
    # It claims one job and does nothing else with the database: a process frozen within a transaction holds its lock.
    "jobs": {"embedded_worker": False, "concurrency": 1, "lease": 60, "heartbeat": 20, "sweep": 60},
}
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@asynccontextmanager
async def site_of(server: Server) -> AsyncIterator[Site]:
    """The same site in this process, which is never frozen."""
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(open_services(*server.configure()))
        record(server.data_dir)
        port = await stack.enter_async_context(running_web(services, port=0))
        yield Site(services, f"http://127.0.0.1:{port}", stack)


async def stopped(server: Server) -> int:
    """Wait until the worker has frozen itself, and return its process id. At most 20 s."""
    async with asyncio.timeout(60):
        while not (server.data_dir / "frozen").exists():
            await asyncio.sleep(0.05)
        pid = server.pid
        while Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "T":
            await asyncio.sleep(0.05)
        return pid


async def what_is_watched() -> list[dict[str, object]]:
    return [dict(row) for row in await Rendition.all().order_by("id").values()]


@pytest.mark.parametrize("end", ["published", "cancelled"])
async def test_r4_worker_that_was_frozen_past_its_lease_changes_nothing(end: str, tmp_path: Path) -> None:
    server = Server(tmp_path / "data", command="worker", plugins=PLUGINS, settings=SETTINGS)
    async with site_of(server) as site:
        studio = await site.browser(await site.user("ada", Role.CREATOR))
        video_id = str((await site.upload(studio, instant_video(seconds=60, codec="vp9")))["video_id"])
        for kind in (PROBE, SOUND):
            await run_only(site, [kind])
        await Job.filter(state=JobState.READY).exclude(kind=CHUNK).update(run_at=datetime(2100, 1, 1, tzinfo=UTC))
        try:
            await server.start()
            pid = await stopped(server)
            await _overtake(site, end, video_id)
            before = await what_is_watched()
            await Job.filter(kind=SWEEP).update(run_at=LONG_AGO)
            os.kill(pid, signal.SIGCONT)
            await _until_it_goes_on()
            assert await what_is_watched() == before
        finally:
            await server.kill()
        await _assert_one_set_and_nothing_else(site, 1 if end == "published" else 0)
    server.assert_history()


async def _overtake(site: Site, end: str, video_id: str) -> None:
    if end == "cancelled":
        await cancel_processing(site.services, await Video.get(id=video_id))
        return
    await Job.filter(state=JobState.RUNNING).update(lease_until=LONG_AGO)
    await site.work()
    assert (await Job.get(kind=FINISH)).state is JobState.DONE


async def _until_it_goes_on() -> None:
    """Wait until the worker is through with its late chunk and has swept behind all of them. At most 20 s."""
    waiting = Job.filter(kind=SWEEP, state__in=[JobState.READY, JobState.RUNNING])
    async with asyncio.timeout(60):
        while await waiting.exists():
            await asyncio.sleep(0.05)


async def _assert_one_set_and_nothing_else(site: Site, sets: int) -> None:
    rows = await RenditionSet.all().prefetch_related("renditions")
    assert [row.complete for row in rows] == [True] * sets
    named = {str(row.key(name)) for row in rows for name in files_of(row, list(row.renditions))}
    assert await keys_below(site.services.storage, StorageKey("videos")) == named
    assert not await EncodedPart.exists()
    assert await Job.filter(kind=FINISH).count() == sets
