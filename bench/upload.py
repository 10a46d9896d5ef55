"""How fast files come in, beside writing the same bytes to the same disk, and what that costs in memory."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

from bench.running_site import Served, serving
from bench.sending import IN_FLIGHT, send_file
from bench.table import Table, ratios

MIB = 1024 * 1024
SIZE = 256 * MIB
ROUNDS = 3


async def measure(folder: Path) -> Table:
    """Write and upload in turns."""
    source = folder / "source.mp4"
    await asyncio.to_thread(_fill, source)
    plain, sent, memory = [], [], []
    # No worker: what is uploaded here is noise, and processing would compete for the disk.
    async with serving(folder, {"MUTOSCOPE_JOBS__EMBEDDED_WORKER": "false"}) as served:
        for _ in range(ROUNDS):
            plain.append(await asyncio.to_thread(_write, source, folder / "plain.mp4"))
            seconds, grown = await _upload(served, source)
            sent.append(seconds)
            memory.append(grown)
    megabytes = SIZE / MIB
    table = Table(
        f"Upload: {megabytes:.0f} MiB in parts of 8 MiB, {IN_FLIGHT} in flight, {ROUNDS} rounds in turns",
        ["way", "MiB/s", "seconds / plain", "web process grew by MiB"],
        "Each part comes through a socket, is hashed (SHA-256), written and synced; client and server share the cores.",
    )
    table.rows.append(["plain write and fsync", f"{ROUNDS * megabytes / sum(plain):.0f}", "1", ""])
    rate = f"{ROUNDS * megabytes / sum(sent):.0f}"
    table.rows.append(["upload to storage_disk", rate, ratios(sent, plain), f"{max(memory) / MIB:.0f}"])
    return table


def _fill(path: Path) -> None:
    with path.open("wb") as file:
        for _ in range(SIZE // MIB):
            file.write(os.urandom(MIB))


def _write(source: Path, target: Path) -> float:
    """Copy as `dd conv=fsync bs=8M` does, and return the seconds it took."""
    started = time.monotonic()
    with source.open("rb") as reader, target.open("wb") as writer:
        while chunk := reader.read(8 * MIB):
            writer.write(chunk)
        writer.flush()
        os.fsync(writer.fileno())
    seconds = time.monotonic() - started
    target.unlink()
    return seconds


async def _upload(served: Served, source: Path) -> tuple[float, int]:
    """Return seconds from the first request to the answer of `complete`, and the growth of the server in bytes."""
    async with _highest_memory(served.process) as peak:
        before, started = served.process.memory_info().rss, time.monotonic()
        await send_file(served.browser, source, title="Noise")
        seconds = time.monotonic() - started
    return seconds, peak[0] - before


@asynccontextmanager
async def _highest_memory(process: psutil.Process) -> AsyncIterator[list[int]]:
    highest = [process.memory_info().rss]

    async def watch() -> None:
        while True:
            highest[0] = max(highest[0], process.memory_info().rss)
            await asyncio.sleep(0.02)

    watching = asyncio.create_task(watch())
    try:
        yield highest
    finally:
        watching.cancel()
