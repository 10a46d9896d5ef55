"""R-9: with a third of all requests failing in every way, nothing is lost, and nothing is left behind."""

import asyncio
from pathlib import Path

import pytest

from core.api import PartRequest, Storage, StorageError, StorageKey
from core.testing.sending import Sender, StorageHttp, content_of, keys_below, some_bytes
from plugins.storage_s3.storage import S3Storage
from tests.plugins.storage_s3.conftest import ORIGINAL, SET
from tests.s3_gateway import Gateway

pytestmark = pytest.mark.slow


async def send_stubbornly(sender: Sender, number: int) -> None:
    """Send a part until it is taken, as the upload page does."""
    for _ in range(20):
        request: PartRequest = await sender.sign(number)
        try:
            if await sender.http.send(request, sender.part(number)) == 200:
                return
        except OSError:
            pass  # the connection broke
        await asyncio.sleep(0.01)
    raise AssertionError(f"part {number} was refused 20 times")


async def uploaded(sender: Sender) -> None:
    """Send everything, and complete until it is done."""
    await asyncio.gather(*(send_stubbornly(sender, number) for number in (1, 2, 3)))
    for _ in range(5):
        try:
            await sender.storage.complete_upload(sender.target)
        except StorageError:
            await asyncio.sleep(0.05)
        else:
            return
    raise AssertionError("the upload could not be completed")


async def stored(storage: Storage, key: StorageKey, source: Path) -> None:
    """Store a file as a job does: what fails is tried again."""
    for _ in range(4):
        try:
            await storage.put_file(key, source, content_type="video/mp4")
        except StorageError:
            continue
        return
    raise AssertionError(f"{key} could not be stored")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
async def test_r_9_everything_arrives_while_a_third_of_all_requests_fail(
    storage: S3Storage, gateway: Gateway, http: StorageHttp, tmp_path: Path, seed: int
) -> None:
    size = 2 * storage.minimum_part_size + 1000
    target = await storage.open_upload(ORIGINAL, size=size, part_size=storage.minimum_part_size, content_type="")
    sender = Sender(storage, http, target)
    gateway.faults.at_random(seed, 0.3)
    await uploaded(sender)
    keys = [SET.child(f"720p_{number}.m4s") for number in range(5)]
    for number, key in enumerate(keys):
        (tmp_path / key.rpartition("/")[2]).write_bytes(some_bytes(6_000_000 if number == 0 else 1000, key))
        await stored(storage, key, tmp_path / key.rpartition("/")[2])
    async with storage.local_copy(ORIGINAL) as path:
        assert path.read_bytes() == sender.content
    for number, key in enumerate(keys):
        assert await content_of(storage, key) == some_bytes(6_000_000 if number == 0 else 1000, key)
    await storage.delete([ORIGINAL, *keys])
    gateway.faults.at_random(seed, 0)
    assert await keys_below(storage, StorageKey("videos")) | await keys_below(storage, StorageKey("originals")) == set()
    bucket = storage.bucket
    assert "Uploads" not in await bucket.client.list_multipart_uploads(Bucket=bucket.name)
    assert len(gateway.faults.happened) > 5
