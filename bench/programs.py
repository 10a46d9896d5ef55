"""Run ffmpeg as anybody would, and count what it, or our own way to the same end, costs."""

import asyncio
import contextlib
import ctypes
import os
import re
import resource
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import psutil

from core.processes import Limits

_PR_SET_CHILD_SUBREAPER = 36
_LOOK_SECONDS = 0.5
_HIGHEST = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


@dataclass(slots=True)
class Cost:
    """Seconds on the clock and of the processor, and the most bytes that one process held."""

    wall: float = 0.0
    cpu: float = 0.0
    peak: int = 0


@contextlib.asynccontextmanager
async def metered() -> AsyncIterator[Cost]:
    """Fill in what is yielded; it is complete when the block ends, with all children it started. Linux only.

    Processor time is that of this process and of every child, those of a sandbox included.
    """
    # A sandbox ends before its innermost process is waited for; what nobody waited for is never counted.
    _adopt_orphans(1)
    others = set(psutil.Process().children())
    cost, cpu, started = Cost(), _cpu_seconds(), time.monotonic()
    watching = asyncio.create_task(_watch(cost))
    try:
        yield cost
    finally:
        cost.wall = time.monotonic() - started
        watching.cancel()
        _bury(set(psutil.Process().children()) - others)
        _adopt_orphans(0)
        cost.cpu = _cpu_seconds() - cpu


async def run_ffmpeg(arguments: Sequence[str], folder: Path) -> None:
    """Run the bundled ffmpeg in a folder, yielding to others as ours does. Raises RuntimeError with what it said."""
    yielding = ["nice", "-n", str(Limits().niceness)]
    command = [*yielding, imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-loglevel", "error", "-y", *arguments]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stderr=asyncio.subprocess.PIPE, env={**os.environ, "MALLOC_ARENA_MAX": "4"}
    )
    _, stderr = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"ffmpeg ended with {process.returncode}: {stderr.decode()[-2000:]}")


async def _watch(cost: Cost) -> None:
    # The kernel keeps each process's highest; only what a process adds in its last moment is missed.
    while True:
        for child in psutil.Process().children(recursive=True):
            cost.peak = max(cost.peak, _peak(Path(f"/proc/{child.pid}/status")))
        await asyncio.sleep(_LOOK_SECONDS)


def _peak(status: Path) -> int:
    with contextlib.suppress(OSError):
        if found := _HIGHEST.search(status.read_text()):
            return int(found[1]) * 1024
    return 0


def _bury(orphans: Iterable[psutil.Process]) -> None:
    for orphan in orphans:
        # asyncio may have been quicker.
        with contextlib.suppress(ChildProcessError):
            os.waitpid(orphan.pid, 0)


def _adopt_orphans(yes: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, yes, 0, 0, 0)


def _cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)
