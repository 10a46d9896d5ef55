"""kill -9 of ffmpeg itself in the middle of a chunk, twice: the third attempt makes what the first would have made."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from core.models import Job, JobState, Role
from core.testing.media import make_clip
from core.testing.sites import Browser, Site
from core.videos.runs import CHUNK
from tests.only_set import only_set, shape_of, work_folders
from tests.scaled import DeploymentOpener, ScaledSite, at_rest, running_workers

pytestmark = pytest.mark.slow

SETTINGS = {"chunks": {"shortest": 10, "longest": 20}, "transcode_ffmpeg": {"preset": "slow"}}
SEGMENTS = 6
"""Of each rung, at the least, in a chunk of 20 seconds."""
_VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "300k", "-g", "30")


def ffmpegs(site: Site) -> Iterator[psutil.Process]:
    """Yield every ffmpeg that a process of the site has started."""
    owners = [machine.pid for machine in site.workers] if isinstance(site, ScaledSite) else [os.getpid()]
    for owner in owners:
        for child in psutil.Process(owner).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                if child.name().startswith("ffmpeg") and child.status() != psutil.STATUS_ZOMBIE:
                    yield child


async def kill_in_the_middle(site: Site, video_id: str, attempt: int) -> None:
    """Kill ffmpeg when it has made some segments of the first chunk, at this attempt, and not all."""
    first = Job.filter(subject=video_id, kind=CHUNK, attempts=attempt, state=JobState.RUNNING)
    async with asyncio.timeout(120):
        while (job := await first.get_or_none()) is None or not killed_in_the_middle(site, job):
            await asyncio.sleep(0.01)


def killed_in_the_middle(site: Site, job: Job) -> bool:
    """Stop ffmpeg for a look at what it has made, so that it cannot end meanwhile; then kill it, or let it go on."""
    for process in ffmpegs(site):
        with suppress(psutil.NoSuchProcess):
            process.suspend()
            folders = [folder for folder in work_folders(site) if folder.name == f"{job.id}-{job.fence}"]
            made = sum(1 for folder in folders for _ in folder.glob("*.m4s"))
            if 0 < made < 2 * SEGMENTS and process.status() != psutil.STATUS_ZOMBIE:
                process.kill()
                return True
            process.resume()
    return False


async def uploaded(site: Site, studio: Browser, clip: Path) -> str:
    return str((await site.upload(studio, clip.read_bytes(), file_name=clip.name))["video_id"])


async def test_r3_chunk_whose_ffmpeg_was_killed_twice_is_made_the_third_time(
    open_deployment: DeploymentOpener, tmp_path: Path
) -> None:
    # Without sound, so that every ffmpeg is one of a chunk.
    clip = await make_clip(tmp_path / "clip.webm", seconds=40, rate="6", audio=False, options=_VP9)
    async with open_deployment("transcode_ffmpeg", settings=SETTINGS) as site:
        studio = await site.browser(await site.user("ada", Role.ADMIN))
        async with running_workers(site):
            whole = await uploaded(site, studio, clip)
            await at_rest()
            video_id = await uploaded(site, studio, clip)
            for attempt in (1, 2):
                await kill_in_the_middle(site, video_id, attempt)
            await at_rest()
        expected = await shape_of(await only_set(site, whole))
        assert await shape_of(await only_set(site, video_id)) == expected
        log = (await studio.api("GET", f"/videos/{video_id}/processing")).json
        told = [job for job in log["jobs"] if job["kind"] == CHUNK]
        assert [(job["state"], job["attempts"]) for job in told] == [("done", 3), ("done", 1)]
        assert "ChildFailed" in told[0]["detail"]
        assert work_folders(site) == []
