"""R-9: whether a third of all requests fail or every one, nothing is lost, and nothing is left behind."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from core.api import PartRequest, Storage, StorageError, StorageKey
from core.testing.sending import Sender, StorageHttp, content_of, keys_below, some_bytes
from plugins.storage_s3.storage import S3Storage
from tests.plugins.storage_s3.conftest import ORIGINAL, SEGMENT, SET, StorageOpener
from tests.s3_faults import Fault
from tests.s3_gateway import Gateway

pytestmark = pytest.mark.slow


async def send_stubbornly(sender: Sender, number: int) -> None:
    """Send a part until it is taken, as the upload page does."""
    for _ in range(20):
        request: PartRequest = await sender.sign(number, declared=True)
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


async def attempted(storage: Storage, sender: Sender, source: Path) -> list[str]:
    """Try everything; return the complaints."""
    tries: list[Callable[[], Awaitable[object]]] = [
        lambda: storage.list_parts(sender.target),
        lambda: storage.complete_upload(sender.target),
        lambda: storage.abort_upload(sender.target),
        lambda: storage.put_file(SEGMENT, source, content_type="video/mp4"),
        lambda: storage.stat(SEGMENT),
        lambda: content_of(storage, SEGMENT),
        lambda: keys_below(storage, SET),
        lambda: storage.delete([SEGMENT]),
    ]
    complaints = []
    for attempt in tries:
        with pytest.raises(StorageError) as caught:
            await attempt()
        complaints.append(str(caught.value))
    return complaints


@pytest.mark.parametrize("fault", [Fault.INTERNAL_ERROR, Fault.SLOW_DOWN, Fault.RESET])
async def test_r_9_nothing_is_lost_while_the_store_is_down(
    open_s3: StorageOpener, sender: Sender, gateway: Gateway, tmp_path: Path, fault: Fault
) -> None:
    (tmp_path / "segment").write_bytes(b"segment")
    await sender.send(1, 2, declared=True)
    gateway.faults.always("*", fault)
    async with open_s3(attempts=1) as storage:
        complaints = await attempted(storage, sender, tmp_path / "segment")
        assert not [each for each in complaints if "Traceback" in each or "TESTACCESSKEY" in each]
        gateway.faults.end()
        await sender.send(3, declared=True)
        assert (await storage.complete_upload(sender.target)).size == sender.target.size
        assert await content_of(storage, ORIGINAL) == sender.content
        assert await storage.stat(SEGMENT) is None


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
