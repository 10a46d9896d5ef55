"""What a process spends while something is measured: processor time, and how much its memory grows."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psutil

_LOOK_SECONDS = 0.02


@dataclass(slots=True)
class Spent:
    """Seconds on the clock and of the processor, and bytes of growth at the highest."""

    wall: float = 0.0
    cpu: float = 0.0
    grown: int = 0


@asynccontextmanager
async def watched(process: psutil.Process) -> AsyncIterator[Spent]:
    """Fill in what is yielded; it is complete when the block ends."""
    spent, before = Spent(), process.memory_info().rss
    cpu, started = _cpu(process), time.monotonic()

    async def watch() -> None:
        while True:
            spent.grown = max(spent.grown, process.memory_info().rss - before)
            await asyncio.sleep(_LOOK_SECONDS)

    watching = asyncio.create_task(watch())
    try:
        yield spent
    finally:
        spent.wall, spent.cpu = time.monotonic() - started, _cpu(process) - cpu
        watching.cancel()


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
