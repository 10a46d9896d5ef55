"""A part is whole or absent, whatever its sender does (THREATS U-4, U-5, U-19)."""

import asyncio
import queue
import time
from contextlib import AsyncExitStack

import psutil
import pytest

from core.api import StorageKey, UploadMismatch
from core.testing.sending import Sender, content_of, sha256_of, some_bytes
from plugins.storage_disk.settings import DiskSettings
from plugins.storage_disk.writer import PartWriter
from tests.plugins.storage_disk.wire import Answer, Wire, wire_to

Claims = queue.SimpleQueue[int]


@pytest.fixture
def claims(monkeypatch: pytest.MonkeyPatch) -> Claims:
    """Hear of every part that a sender has claimed."""
    heard: Claims = queue.SimpleQueue()
    really_open = PartWriter.open

    def open_and_tell(writer: PartWriter) -> None:
        really_open(writer)
        heard.put(1)

    monkeypatch.setattr(PartWriter, "open", open_and_tell)
    return heard


async def begin(wire: Wire, sender: Sender, claims: Claims, body: bytes) -> None:
    """Begin to send part 1, and wait until it is claimed."""
    await wire.request("PUT", (await sender.sign(1)).url, content_length=65_536)
    await wire.send(body)
    await asyncio.to_thread(claims.get, timeout=30)


async def put(sender: Sender, body: bytes) -> Answer:
    """Send part 1 over another connection."""
    async with wire_to(sender.http) as wire:
        await wire.request("PUT", (await sender.sign(1)).url, content_length=65_536)
        await wire.send(body)
        return await wire.answer()


async def put_when_free(sender: Sender) -> Answer:
    """Send part 1 as soon as nobody else does."""
    async with asyncio.timeout(30):
        while True:
            answer = await put(sender, sender.part(1))
            if answer.status != 409:
                return answer
            await asyncio.sleep(0.02)


async def test_part_is_answered_with_its_digest(sender: Sender) -> None:
    async with sender.http.session.put(
        sender.http.address((await sender.sign(3)).url), data=sender.part(3)
    ) as response:
        assert (response.status, response.headers["Cache-Control"]) == (200, "no-store")
        assert response.headers["ETag"] == f'"{sha256_of(sender.part(3))}"'


async def test_u4_part_cut_short_is_absent_and_can_be_sent_again(sender: Sender, claims: Claims) -> None:
    async with wire_to(sender.http) as wire:
        await begin(wire, sender, claims, sender.part(1)[:40_000])
        wire.cut()
    assert await sender.received() == []
    assert (await put_when_free(sender)).status == 200
    assert await sender.received() == [1]


async def test_u5_part_that_is_sent_again_is_absent_until_it_is_whole(sender: Sender, claims: Claims) -> None:
    await sender.send(1)
    claims.get()
    async with wire_to(sender.http) as wire:
        await begin(wire, sender, claims, b"")
        assert await sender.received() == []
        await wire.send(sender.part(1))
        assert (await wire.answer()).status == 200
    assert await sender.received() == [1]


async def test_u5_second_sender_of_a_part_waits(sender: Sender, claims: Claims) -> None:
    async with wire_to(sender.http) as wire:
        await begin(wire, sender, claims, sender.part(1)[:40_000])
        refused = await put(sender, some_bytes(65_536, "other"))
        await wire.send(sender.part(1)[40_000:])
        assert (await wire.answer()).status == 200
    assert (refused.status, refused.headers["retry-after"]) == (409, "2")
    await sender.send(2, 3)
    await sender.storage.complete_upload(sender.target)
    assert await content_of(sender.storage, sender.target.key) == sender.content


async def test_u5_concurrent_bodies_leave_exactly_one(sender: Sender) -> None:
    bodies = [some_bytes(65_536, str(number)) for number in range(6)]
    answers = await asyncio.gather(*(put(sender, body) for body in bodies))
    assert {answer.status for answer in answers} <= {200, 409}
    await sender.send(2, 3)
    await sender.storage.complete_upload(sender.target)
    stored = await content_of(sender.storage, sender.target.key, end=65_536)
    assert stored in [body for body, answer in zip(bodies, answers, strict=True) if answer.status == 200]


async def test_u5_replay_after_complete_changes_nothing(sender: Sender) -> None:
    await sender.send(1, 2, 3)
    await sender.storage.complete_upload(sender.target)
    assert (await put(sender, some_bytes(65_536, "late"))).status == 409
    assert await content_of(sender.storage, sender.target.key) == sender.content


async def test_u5_replay_after_abort_finds_nothing(sender: Sender) -> None:
    await sender.send(1)
    await sender.storage.abort_upload(sender.target)
    assert (await put(sender, sender.part(1))).status == 404


@pytest.mark.parametrize("end", ["complete", "abort"])
async def test_u5_upload_that_ends_while_a_part_comes(sender: Sender, claims: Claims, end: str) -> None:
    await sender.send(1, 2, 3)
    async with wire_to(sender.http) as wire:
        for _ in range(3):
            claims.get()
        await begin(wire, sender, claims, sender.part(1)[:40_000])
        if end == "abort":
            await sender.storage.abort_upload(sender.target)
        else:
            with pytest.raises(UploadMismatch, match="parts 1"):
                await sender.storage.complete_upload(sender.target)
        await wire.send(sender.part(1)[40_000:])
        assert (await wire.answer()).status == (404 if end == "abort" else 200)


async def test_u19_stalled_sender_is_cut_off(sender: Sender, claims: Claims) -> None:
    started = time.monotonic()
    async with wire_to(sender.http) as wire:
        await begin(wire, sender, claims, sender.part(1)[:40_000])
        answer = await wire.answer()
        assert (answer.status, answer.headers["connection"]) == (408, "close")
        assert await wire.is_closed()
    assert time.monotonic() - started < 15  # half a second without a byte, one of lingering
    assert await sender.received() == []
    assert (await put_when_free(sender)).status == 200


@pytest.mark.parametrize("pause", [0.05, 0.001])
async def test_u19_trickling_sender_is_cut_off(sender: Sender, claims: Claims, pause: float) -> None:
    async with wire_to(sender.http) as wire:
        await begin(wire, sender, claims, b"")
        answered = asyncio.ensure_future(wire.answer())
        while not answered.done():
            await wire.send(b"x")
            await asyncio.wait([answered], timeout=pause)
        assert answered.result().status == 408
    assert await sender.received() == []


async def test_u19_no_descriptor_outlives_its_sender(sender: Sender, claims: Claims) -> None:
    for _ in range(5):
        async with wire_to(sender.http) as wire:
            await begin(wire, sender, claims, sender.part(1)[:40_000])
            wire.cut()
        assert (await put_when_free(sender)).status == 200
        claims.get()
    assert [file.path for file in psutil.Process().open_files() if sender.target.upload_id in file.path] == []


async def test_u19_no_upload_takes_more_than_its_slots(
    sender: Sender, claims: Claims, disk_settings: DiskSettings
) -> None:
    async with AsyncExitStack() as stack:
        target = await sender.storage.open_upload(StorageKey("o/u"), size=10, part_size=1, content_type="")
        many = Sender(sender.storage, sender.http, target)
        for number in range(1, disk_settings.part_senders + 1):
            wire = await stack.enter_async_context(wire_to(sender.http))
            await wire.request("PUT", (await many.sign(number)).url, content_length=1)
            await asyncio.to_thread(claims.get, timeout=30)
        async with sender.http.session.put(sender.http.address((await many.sign(9)).url), data=many.part(9)) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
        await sender.send(1)  # another upload has slots of its own
        await wire.send(many.part(disk_settings.part_senders))
        assert (await wire.answer()).status == 200
        await many.send(9)
