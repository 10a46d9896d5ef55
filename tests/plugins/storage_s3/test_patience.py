"""A store that does not answer costs a request seconds, not minutes, and keeps no site from starting."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from core.api import StorageError, UploadTarget
from core.settings import CoreSettings
from core.testing.sending import Sender
from plugins.storage_s3.settings import S3Settings
from plugins.storage_s3.storage import S3Storage
from tests.plugins.storage_s3.conftest import ORIGINAL, StorageOpener
from tests.s3_faults import Fault
from tests.s3_gateway import Gateway

pytestmark = pytest.mark.slow

QUESTIONS: dict[str, Callable[[S3Storage, UploadTarget], Awaitable[object]]] = {
    "open": lambda storage, _: storage.open_upload(ORIGINAL, size=10, part_size=10, content_type=""),
    "list": lambda storage, target: storage.list_parts(target),
    "complete": lambda storage, target: storage.complete_upload(target),
    "abort": lambda storage, target: storage.abort_upload(target),
    "stat": lambda storage, _: storage.stat(ORIGINAL),
    "read": lambda storage, _: anext(aiter(storage.read(ORIGINAL))),
}


@pytest.fixture
async def hasty(open_s3: StorageOpener) -> AsyncIterator[S3Storage]:
    """A storage that waits half a second for an answer."""
    async with open_s3(answer_seconds=0.5, complete_seconds=1) as storage:
        yield storage


@pytest.fixture
def deaf() -> Iterator[int]:
    """A port where nobody takes a connection: its queue is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port: int = listener.getsockname()[1]
        callers = [socket.socket() for _ in range(8)]
        for caller in callers:
            caller.setblocking(False)
            caller.connect_ex(("127.0.0.1", port))
        yield port
        for caller in callers:
            caller.close()


@pytest.mark.parametrize("question", QUESTIONS)
async def test_r_9_store_that_is_silent_is_an_error_in_time(
    hasty: S3Storage, sender: Sender, gateway: Gateway, question: str
) -> None:
    gateway.faults.always("*", Fault.STALLED)
    began = time.monotonic()
    with pytest.raises(StorageError, match=r"did not answer .* 0\.5 s"):
        await QUESTIONS[question](hasty, sender.target)
    assert time.monotonic() - began < 15


async def test_r_9_completion_that_takes_too_long_is_found_later(
    hasty: S3Storage, sender: Sender, gateway: Gateway
) -> None:
    await sender.send(1, 2, 3)
    gateway.faults.order("CompleteMultipartUpload", Fault.STALLED)
    with pytest.raises(StorageError, match="not within 1 s"):
        await hasty.complete_upload(sender.target)
    assert (await hasty.complete_upload(sender.target)).size == sender.target.size


async def test_r_9_store_that_takes_no_connection_is_an_error_in_time(open_s3: StorageOpener, deaf: int) -> None:
    async with open_s3(endpoint=f"http://127.0.0.1:{deaf}", connect_seconds=0.2, attempts=2) as storage:
        began = time.monotonic()
        with pytest.raises(StorageError, match="did not answer"):
            await storage.stat(ORIGINAL)
        assert time.monotonic() - began < 15


async def test_r_11_storage_opens_while_its_store_is_away(open_s3: StorageOpener, gateway: Gateway, deaf: int) -> None:
    gateway.faults.always("*", Fault.STALLED)
    for endpoint in (gateway.url, f"http://127.0.0.1:{deaf}", "http://127.0.0.1:9"):
        async with asyncio.timeout(20), open_s3(endpoint=endpoint) as storage:
            assert storage.url(ORIGINAL, None).startswith(endpoint)
    assert gateway.seen == []


async def test_r_11_check_of_a_silent_store_is_one_finding_in_time(hasty: S3Storage, gateway: Gateway) -> None:
    gateway.faults.always("*", Fault.STALLED)
    async with asyncio.timeout(20):
        [finding] = await hasty.check("http://127.0.0.1:8000")
    assert "not within 0.5 s" in finding.detail


def test_questions_end_before_the_request_that_asks_them() -> None:
    own = S3Settings(bucket="media")
    assert own.connect_seconds <= 5
    assert own.answer_seconds < CoreSettings(data_dir=Path()).server.request_seconds
