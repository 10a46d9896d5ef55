"""What every storage promises of uploads."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from core.storage import ObjectMissing, Part, Storage, StorageKey, StoredObject, UploadMismatch
from core.testing.sending import Sender, StorageHttp, content_of, keys_below, some_bytes

KEY = StorageKey("originals/0video0000000000/0upload0000000000000000000")


class UploadContract:
    """Parts that arrive in any way, and the object they become. Part of `StorageContract`."""

    @pytest.fixture
    async def sender(self, storage: Storage, http: StorageHttp) -> AsyncIterator[Sender]:
        part_size = max(storage.minimum_part_size, 4096)
        size = 2 * part_size + part_size // 2 + 1
        target = await storage.open_upload(KEY, size=size, part_size=part_size, content_type="video/mp4")
        yield Sender(storage, http, target)
        await storage.abort_upload(target)

    async def test_parts_in_any_order_become_the_object(self, storage: Storage, sender: Sender) -> None:
        await sender.send(3, 1, 2)
        stored = await storage.complete_upload(sender.target)
        assert stored == StoredObject(KEY, sender.target.size) == await storage.stat(KEY)
        assert await content_of(storage, KEY) == sender.content

    async def test_parts_are_sent_side_by_side(self, storage: Storage, sender: Sender) -> None:
        await asyncio.gather(*(sender.send(number) for number in (1, 2, 3)))
        await storage.complete_upload(sender.target)
        assert await content_of(storage, KEY) == sender.content

    async def test_received_parts_are_listed_ascending_with_sizes(self, storage: Storage, sender: Sender) -> None:
        assert await storage.list_parts(sender.target) == []
        await sender.send(3, 1)
        assert await storage.list_parts(sender.target) == [Part(n, sender.target.part_length(n)) for n in (1, 3)]

    async def test_open_upload_is_no_object(self, storage: Storage, sender: Sender) -> None:
        await sender.send(1, 2, 3)
        assert await storage.stat(KEY) is None
        assert await keys_below(storage, StorageKey("originals")) == set()

    async def test_part_sent_again_replaces_the_first(self, storage: Storage, sender: Sender) -> None:
        wrong = some_bytes(sender.target.part_length(2), "wrong")
        await sender.http.send(await sender.sign(2), wrong)
        await sender.send(2, 1, 3)
        await storage.complete_upload(sender.target)
        assert await content_of(storage, KEY) == sender.content

    @pytest.mark.parametrize("surplus", [-1, 1])
    async def test_part_of_another_length_is_refused(self, sender: Sender, surplus: int) -> None:
        body = some_bytes(sender.target.part_length(3) + surplus)
        assert await sender.http.send(await sender.sign(3), body) >= 400
        assert await sender.received() == []

    async def test_missing_part_leaves_the_upload_open(self, storage: Storage, sender: Sender) -> None:
        await sender.send(1, 3)
        with pytest.raises(UploadMismatch, match="2"):
            await storage.complete_upload(sender.target)
        assert await storage.stat(KEY) is None
        await sender.send(2)
        assert (await storage.complete_upload(sender.target)).size == sender.target.size

    @pytest.mark.parametrize("declared", [False, True])
    async def test_completing_again_gives_the_same_answer(
        self, storage: Storage, sender: Sender, *, declared: bool
    ) -> None:
        await sender.send(1, 2, 3, declared=declared)
        first, again = [await storage.complete_upload(sender.target) for _ in range(2)]
        assert (again, again.checksum) == (first, first.checksum)

    @pytest.mark.parametrize("declared", [False, True])
    async def test_u12_twenty_parallel_completes_agree(
        self, storage: Storage, sender: Sender, *, declared: bool
    ) -> None:
        await sender.send(1, 2, 3, declared=declared)
        answers = await asyncio.gather(*(storage.complete_upload(sender.target) for _ in range(20)))
        assert set(answers) == {StoredObject(KEY, sender.target.size)}
        assert len({answer.checksum for answer in answers}) == 1
        assert await content_of(storage, KEY) == sender.content

    async def test_part_url_is_dead_after_complete(self, storage: Storage, sender: Sender) -> None:
        signed = await sender.sign(1)
        await sender.send(1, 2, 3)
        await storage.complete_upload(sender.target)
        assert await sender.http.send(signed, some_bytes(sender.target.part_size, "late")) >= 400
        assert await content_of(storage, KEY) == sender.content

    async def test_aborted_upload_is_forgotten(self, storage: Storage, sender: Sender) -> None:
        signed = await sender.sign(1)
        await sender.send(1, 2, 3)
        await storage.abort_upload(sender.target)
        assert await sender.http.send(signed, sender.part(1)) >= 400
        with pytest.raises(ObjectMissing):
            await storage.list_parts(sender.target)
        with pytest.raises(ObjectMissing):
            await storage.complete_upload(sender.target)
        await storage.abort_upload(sender.target)

    async def test_part_number_outside_the_upload_is_not_signed(self, sender: Sender) -> None:
        for number in (-1, 0, 4, 10_001, 2**63):
            with pytest.raises(ValueError, match=str(number)):
                await sender.sign(number)

    async def test_part_url_writes_nothing_but_its_part(self, sender: Sender) -> None:
        await sender.http.send(await sender.sign(2), sender.part(2))
        assert await sender.received() == [2]

    async def test_part_url_is_dead_after_its_time(self, storage: Storage, sender: Sender) -> None:
        soon = int(time.time()) + 1
        signed = await storage.sign_part(sender.target, 1, expires_at=soon)
        await asyncio.sleep(max(0.0, soon + 1.1 - time.time()))  # the time itself is what is tested
        assert await sender.http.send(signed, sender.part(1)) >= 400
        assert await sender.received() == []

    @pytest.mark.parametrize(("size", "part_size"), [(0, 4096), (-1, 4096), (10, 0)])
    async def test_upload_without_bytes_is_refused(self, storage: Storage, size: int, part_size: int) -> None:
        with pytest.raises(ValueError, match=str(size)):
            await storage.open_upload(KEY, size=size, part_size=part_size, content_type="video/mp4")
