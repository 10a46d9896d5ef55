"""What an upload costs the web process: memory that does not grow with the file, and on S3 next to no CPU time."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from bench.rclone import serving_s3
from bench.running_site import Served, serving
from bench.sending import IN_FLIGHT, checksums_of, send_file
from bench.watched import Spent, watched

pytestmark = [pytest.mark.slow, pytest.mark.serial, pytest.mark.timeout(900)]

MIB = 1024**2
SIZE, PART_SIZE = 512 * MIB, 8 * MIB
MOST_GROWTH = 20 * 1000**2
"""Bytes that the resident memory of the web process may grow by, whatever the size of the file."""

# No worker: it would process what is no video, in the same process. Nor a check of the store.
ENVIRONMENT = {
    "MUTOSCOPE_JOBS__EMBEDDED_WORKER": "false",
    "MUTOSCOPE_STORAGE__CHECK_AT_START": "off",
    "MUTOSCOPE_UPLOADS__PART_SIZE": str(PART_SIZE),
    "MUTOSCOPE_STORAGE_DISK__MIN_FREE_BYTES": "0",
}
S3_PLUGINS = '["auth_email", "mail_file", "storage_s3", "transcode_ffmpeg", "catalog", "studio"]'


def a_file(path: Path, size: int) -> Path:
    """Make a file that takes no room here, but wherever it is sent to."""
    with path.open("wb") as file:
        file.truncate(size)
    return path


@asynccontextmanager
async def on_disk(folder: Path) -> AsyncIterator[Served]:
    (folder / "disk").mkdir()
    async with serving(folder / "disk", ENVIRONMENT) as served:
        yield served


@asynccontextmanager
async def on_s3(folder: Path) -> AsyncIterator[Served]:
    (folder / "s3").mkdir()
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(serving_s3(folder / "store"))
        environment = ENVIRONMENT | store.environment | {"MUTOSCOPE_PLUGINS": S3_PLUGINS}
        yield await stack.enter_async_context(serving(folder / "s3", environment))


async def cost_of_upload(served: Served, folder: Path) -> Spent:
    """Send a small file, then a large one in four parts at a time; return the growth over both, the time of one."""
    small, large = a_file(folder / "small.mp4", PART_SIZE), a_file(folder / "large.mp4", SIZE)
    checksums = checksums_of(large, PART_SIZE)
    async with watched(served.process) as both:
        await send_file(served.browser, small, checksums)
        async with watched(served.process) as one:
            accepted = await send_file(served.browser, large, checksums)
    assert (accepted["size"], accepted["part_size"], IN_FLIGHT) == (SIZE, PART_SIZE, 4)
    return Spent(one.wall, one.cpu, both.grown)


async def test_web_process_takes_half_a_gigabyte_without_growing_and_s3_leaves_it_idle(tmp_path: Path) -> None:
    async with on_disk(tmp_path) as served:
        disk = await cost_of_upload(served, tmp_path)
    async with on_s3(tmp_path) as served:
        bucket = await cost_of_upload(served, tmp_path)
    assert disk.grown < MOST_GROWTH
    assert bucket.grown < MOST_GROWTH
    assert bucket.cpu < disk.cpu / 5
    assert bucket.cpu < bucket.wall / 20
