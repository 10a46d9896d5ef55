"""Run ffmpeg as anybody would, and count what it costs."""

import asyncio
import contextlib
import ctypes
import os
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds on the clock, and seconds of processor time of every child."""

    wall: float
    cpu: float


_PR_SET_CHILD_SUBREAPER = 36


class Meter:
    """Counts from its making on. Children count once they have ended, those of a sandbox included. Linux only."""

    def __init__(self) -> None:
        # A sandbox ends before its innermost process is waited for; what nobody waited for is never counted.
        _adopt_orphans(1)
        self._wall, self._cpu = time.monotonic(), _cpu_of_children()

    def cost(self) -> Cost:
        """Return what was spent since. No child may be running any more."""
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        _adopt_orphans(0)
        return Cost(time.monotonic() - self._wall, _cpu_of_children() - self._cpu)


async def run_ffmpeg(arguments: Sequence[str], folder: Path) -> Cost:
    """Run the bundled ffmpeg in a folder. Raises RuntimeError with what it said."""
    meter = Meter()
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-loglevel", "error", "-y", *arguments]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stderr=asyncio.subprocess.PIPE, env={**os.environ, "MALLOC_ARENA_MAX": "4"}
    )
    _, stderr = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"ffmpeg ended with {process.returncode}: {stderr.decode()[-2000:]}")
    return meter.cost()


def _adopt_orphans(yes: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, yes, 0, 0, 0)


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
