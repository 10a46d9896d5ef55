"""Ends a child, and everything that it has started, for certain; and asks first what all that has cost."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Coroutine
from pathlib import Path

from core.processes.follower import drain, pipes


async def end(process: asyncio.subprocess.Process, rest: Coroutine[None, None, None]) -> float:
    """Kill whatever is left of the child's process group and wait for the end, even if cancelled meanwhile.

    `rest` reads its pipes to their end. Returns the processor time of what was killed, in seconds.
    """
    used = _kill(process.pid)
    await asyncio.shield(_reaped(process, rest))
    return used


def _kill(leader: int) -> float:
    """Kill a process group, and those of it that have a session of their own by now, as everything in a sandbox has.

    Those die with their parent, but not in the moments before they could say so to the kernel. Returns the processor
    time of them all in seconds, as far as the system tells: nobody will wait for who is killed, and be told.
    """
    strays: list[int] = []
    used = 0.0
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGSTOP)  # who has stopped starts nobody
        strays = _descendants(leader)
        used = sum(map(_processor_time, [leader, *strays]))
        # ffmpeg was seen to go on for minutes after SIGTERM.
        os.killpg(leader, signal.SIGKILL)
    for stray in strays:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(stray, signal.SIGKILL)
    return used


def _processor_time(process: int) -> float:
    """Return the seconds that a process and those it has waited for have used (proc(5): `stat`); 0 if nobody tells."""
    try:
        # The name, in parentheses, may hold anything.
        facts = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, facts[11:15])) / os.sysconf("SC_CLK_TCK")


def _descendants(leader: int) -> list[int]:
    """Return the processes below one, as far as the system tells (proc(5): `children`)."""
    found, waiting = list[int](), [leader]
    while waiting:
        parent = waiting.pop()
        with contextlib.suppress(OSError):
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
            waiting += map(int, children.split())
            found += map(int, children.split())
    return found


async def _reaped(process: asyncio.subprocess.Process, rest: Coroutine[None, None, None]) -> None:
    try:
        async with asyncio.timeout(5):
            # The end of both streams is the end of every process that holds them, grandchildren included.
            await asyncio.gather(rest, process.wait())
    except TimeoutError:
        # A grandchild that left the process group holds a pipe. asyncio has no public way to let go of it.
        process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001


async def drained(process: asyncio.subprocess.Process) -> None:
    """Read both pipes of a child to their end, for nobody."""
    await asyncio.gather(*map(drain, pipes(process)))
