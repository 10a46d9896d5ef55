"""How fast files come in, beside the same bytes without us: `dd` to the same disk, `rclone copy` to the same store."""

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from bench.rclone import serving_s3
from bench.running_site import Served, serving
from bench.sending import IN_FLIGHT, checksums_of, send_file
from bench.table import Table, ratios
from bench.watched import Spent, watched

MIB = 1024 * 1024
PART_SIZE = 8 * MIB
DEFAULT_SIZE = 512 * MIB
ROUNDS = 3
# No worker: what is uploaded here is noise, and processing would compete for the disk. Nor a check of the store.
_QUIET = {"MUTOSCOPE_JOBS__EMBEDDED_WORKER": "false", "MUTOSCOPE_STORAGE__CHECK_AT_START": "off"}
_ROOM = {"MUTOSCOPE_UPLOADS__MAX_SIZE": str(2**40), "MUTOSCOPE_UPLOADS__QUOTA": "0"}
Measured = tuple[str, list[float], str, list[Spent]]
"""The floor's name and its seconds, our way's name and what it spent."""
_HEADER = ["way", "MiB/s", "of the floor", "web process: CPU s", "… grew by MiB"]


async def measure(folder: Path, size: int = DEFAULT_SIZE) -> Table:
    """Upload to disk and to S3, each in turns with its floor."""
    source = folder / "source.mp4"
    await asyncio.to_thread(_fill, source, size)
    started = time.monotonic()
    checksums = await asyncio.to_thread(checksums_of, source, PART_SIZE)
    hashing = time.monotonic() - started
    table = Table(
        f"Upload: {size / MIB:.0f} MiB, {IN_FLIGHT} parts of {PART_SIZE // MIB} MiB in flight, {ROUNDS} rounds",
        _HEADER,
        "Promised: 0.7 of the floor on disk, no CPU of the web process on S3. It counts from the first request to the "
        "answer of `complete`; client, site and store share the cores. The client had hashed the file before, in "
        f"{hashing:.1f} s.",
    )
    for name, way in {"disk": _to_disk, "s3": _to_s3}.items():
        own = folder / name
        await asyncio.to_thread(own.mkdir)
        table.rows += _rows(size, *await way(own, source, checksums))
    return table


async def _to_disk(folder: Path, source: Path, checksums: dict[int, str]) -> Measured:
    floor, ours = list[float](), list[Spent]()
    async with serving(folder, _QUIET | _ROOM) as served:
        for _ in range(ROUNDS):
            floor.append(await asyncio.to_thread(_dd, source, folder / "floor"))
            ours.append(await _upload(served, source, checksums))
            await asyncio.to_thread(_remove, folder / "data" / "media" / "originals")
    name = "`dd bs=8M conv=fsync`" if shutil.which("dd") else "plain write and fsync"
    return name, floor, "upload to storage_disk", ours


async def _to_s3(folder: Path, source: Path, checksums: dict[int, str]) -> Measured:
    floor, ours = list[float](), list[Spent]()
    plugins = '["auth_email", "mail_file", "storage_s3", "transcode_ffmpeg", "catalog", "studio"]'
    async with serving_s3(folder / "store") as store:
        environment = _QUIET | _ROOM | store.environment | {"MUTOSCOPE_PLUGINS": plugins}
        async with serving(folder, environment) as served:
            for _ in range(ROUNDS):
                floor.append(await store.copy(source, PART_SIZE))
                ours.append(await _upload(served, source, checksums))
                await asyncio.to_thread(_remove, store.folder / "bench" / "originals")
    return "`rclone copy`", floor, "upload to storage_s3", ours


async def _upload(served: Served, source: Path, checksums: dict[int, str]) -> Spent:
    async with watched(served.process) as spent:
        await send_file(served.browser, source, checksums, title="Noise")
    return spent


def _rows(size: int, floor_name: str, floor: Sequence[float], name: str, ours: Sequence[Spent]) -> list[list[str]]:
    def rate(seconds: Sequence[float]) -> str:
        each = sorted(size / MIB / one for one in seconds)
        return f"{median(each):.0f} ({each[0]:.0f}-{each[-1]:.0f})"

    walls = [spent.wall for spent in ours]
    cpu, grown = median(spent.cpu for spent in ours), max(spent.grown for spent in ours) / MIB
    return [
        [floor_name, rate(floor), "1", "", ""],
        [name, rate(walls), ratios(floor, walls), f"{cpu:.2f}", f"{grown:.0f}"],
    ]


def _fill(path: Path, size: int) -> None:
    with path.open("wb") as file:
        for _ in range(-(-size // MIB)):
            file.write(os.urandom(MIB))
        file.truncate(size)
        os.fsync(file.fileno())


def _remove(folder: Path) -> None:
    """Remove what has arrived, so that every round begins alike."""
    shutil.rmtree(folder)
    os.sync()


def _dd(source: Path, target: Path) -> float:
    """Copy a file and make it durable; return the seconds it took."""
    started = time.monotonic()
    if program := shutil.which("dd"):
        command = [program, f"if={source}", f"of={target}", "bs=8M", "conv=fsync", "status=none"]
        subprocess.run(command, check=True)  # noqa: S603 - a program of the system, on our own files
    else:
        _write(source, target)
    seconds = time.monotonic() - started
    target.unlink()
    return seconds


def _write(source: Path, target: Path) -> None:
    with source.open("rb") as reader, target.open("wb") as writer:
        while chunk := reader.read(PART_SIZE):
            writer.write(chunk)
        writer.flush()
        os.fsync(writer.fileno())
