"""A video that kills its worker each time fails with a reason, and nobody else waits for it (T-12, R-5)."""

import asyncio
from pathlib import Path

import pytest

from core.models import Job, JobState, Role, Video
from core.storage import StorageKey
from core.testing.sending import keys_below
from core.testing.sites import Browser, Site
from core.videos.runs import PROCESSING
from tests.chaos.events import Announced, Claimed, Completed, Current, Left, Stored, UploadChanged
from tests.chaos.recording import recorded
from tests.chaos.server import Server
from tests.chaos.test_frozen import LONG_AGO, site_of
from tests.chaos.transcoder_poison import POISON
from tests.chaos.viewer import original
from tests.fakes.transcoder_instant import instant_video

pytestmark = pytest.mark.slow

PLUGINS = ["storage_disk", "transcoder_poison"]
ATTEMPTS = 5
NORMAL = 20
# What a dead worker had stays its own until the test ends the lease: nothing depends on how fast the machine is.
JOBS = {"embedded_worker": False, "concurrency": 2, "lease": 600, "heartbeat": 1, "sweep": 0.1, "attempts": ATTEMPTS}
PATIENCE = 120


async def died(server: Server) -> None:
    while server.alive:
        await asyncio.sleep(0.05)


async def done(videos: list[str]) -> int:
    """Return how many of these videos can be watched completely."""
    return await Video.filter(id__in=videos, current_set__complete=True).count()


async def poison_until_it_fails(server: Server, job: Job) -> int:
    """Start workers, and let each find what the dead one before it had; return how many died."""
    deaths = 1
    async with asyncio.timeout(PATIENCE):
        while (await Job.get(id=job.id)).state is not JobState.FAILED:
            await Job.filter(state=JobState.RUNNING).update(lease_until=LONG_AGO)
            if not server.alive:
                deaths += 1
                await server.start()
            await asyncio.sleep(0.1)
    return deaths


async def upload(site: Site, studio: Browser, content: bytes) -> str:
    return str((await site.upload(studio, content))["video_id"])


async def test_t12_and_r5_poison_fails_in_the_end_and_nobody_waits_for_it(tmp_path: Path) -> None:
    server = Server(tmp_path / "data", command="worker", plugins=PLUGINS, settings={"jobs": JOBS})
    async with site_of(server) as site:
        studio = await site.browser(await site.user("ada", Role.CREATOR))
        poison = await upload(site, studio, POISON)
        normal = [await upload(site, studio, instant_video(codec="vp9")) for _ in range(NORMAL)]
        job = await Job.get(subject=poison, kind__in=PROCESSING)
        try:
            async with asyncio.timeout(PATIENCE):
                await server.start()
                await died(server)  # the poison came first
                await server.start()
                # One at the most died with it, and that one's lease is as alive as the poison's.
                while await done(normal) < NORMAL - 1:
                    await asyncio.sleep(0.1)
            assert ((await Job.get(id=job.id)).state, (await Job.get(id=job.id)).attempts) == (JobState.RUNNING, 1)
            assert await poison_until_it_fails(server, job) == ATTEMPTS
            async with asyncio.timeout(PATIENCE):
                while await done(normal) < NORMAL:
                    await asyncio.sleep(0.1)
        finally:
            await server.kill()
        await assert_it_failed_as_it_should(site, studio, poison)
    assert_order(server, job.id)


async def assert_it_failed_as_it_should(site: Site, studio: Browser, poison: str) -> None:
    status = (await studio.api("GET", f"/videos/{poison}/status")).json
    assert (status["state"], status["failure"]["code"]) == ("failed", "too_many_attempts")
    assert status["failure"]["sentence"] == "Processing failed several times in a row."
    assert await original(studio, poison) == POISON  # to be tried again, or looked at
    assert await keys_below(site.services.storage, StorageKey(f"videos/{poison}")) == set()
    assert list(site.services.settings.data_dir.glob("work/*")) == []


def assert_order(server: Server, poison_job: str) -> None:
    """By the record: so many attempts and no more, and a neighbour died with it twice at the most."""
    server.assert_history()
    history = recorded(server.data_dir)
    # It could not be wrong about what it does not hold.
    assert {type(event) for event in history} == {Claimed, Left, Stored, Completed, Announced, Current, UploadChanged}
    tries: dict[str, int] = {}
    for event in history:
        if isinstance(event, Claimed):
            tries[event.job] = event.attempts
    assert tries.pop(poison_job) == ATTEMPTS + 1  # the last one finds that there were too many
    assert max(tries.values()) <= 3
    ends = [event.job for event in history if isinstance(event, Left) and event.after == "done"]
    assert len(set(ends)) == len(ends) >= NORMAL
