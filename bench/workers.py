"""How much sooner two worker processes are done with a long video than one, each with one core to itself."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from statistics import median

from bench.clips import SMALL, Effort, make_clip
from bench.publishing import Timing, publish
from bench.running_site import serving
from bench.table import Table, ratios
from bench.turns import in_turns
from tests.browser.running_site import MUTOSCOPE, RunningSite

_HEADER = ["workers", "whole after s", "1 worker / it, wall"]
_NOTE = (
    "Real `mutoscope worker` processes on one SQLite site, each held to one core with all it starts: a single ffmpeg "
    "would otherwise take both. The source is encoded, not copied; two workers share it as chunks. 2.00 is the limit."
)


async def measure(clips: Path, folder: Path, effort: Effort) -> list[Table]:
    """Let one worker and two process the same upload, in turns."""
    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2:
        raise RuntimeError("Two workers have nothing to win on one core: run this on two or more.")
    source = await make_clip(clips / "long.mp4", SMALL, effort.long)
    ways = {str(count): partial(_timed, source, cores[:count], effort) for count in (1, 2)}
    timings = await in_turns(ways, effort.rounds, folder)
    title = f"Workers: {effort.long} s of {SMALL.name}, {effort.rounds} rounds in turns"
    walls = {name: [timing.whole for timing in each] for name, each in timings.items()}
    table = Table(title, _HEADER, _NOTE)
    for name, each in walls.items():
        table.rows.append([name, f"{median(each):.1f}", ratios(walls["1"], each)])
    return [table]


async def _timed(source: Path, cores: Sequence[int], effort: Effort, folder: Path) -> Timing:
    environment = {
        "MUTOSCOPE_JOBS__EMBEDDED_WORKER": "false",
        "MUTOSCOPE_CHUNKS__SHORTEST": str(min(60, effort.chunk - 5)),
        "MUTOSCOPE_TRANSCODE_FFMPEG__COPY_HEADROOM": "1",
    }
    async with serving(folder, environment) as served, AsyncExitStack() as workers:
        await asyncio.gather(*(workers.enter_async_context(_worker(served.site, core)) for core in cores))
        return await publish(served, source)


@asynccontextmanager
async def _worker(site: RunningSite, core: int) -> AsyncIterator[None]:
    """Run a worker of the site on one core."""
    with (site.folder / f"worker-{core}.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            MUTOSCOPE, "worker", "--concurrency", "1", stdout=asyncio.subprocess.PIPE, stderr=log,
            env=site.environment, cwd=site.folder,
        )  # fmt: skip
    try:
        # What it starts inherits this; it has started nothing yet.
        os.sched_setaffinity(process.pid, {core})
        if process.stdout is None or not await asyncio.wait_for(process.stdout.readline(), 30):
            raise RuntimeError(f"the worker did not start: see {log.name}")
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), 30)
