"""A part has the length that its link says, neither more nor less (THREATS U-4, U-16)."""

from contextlib import closing
from pathlib import Path

import pytest

from core.api import StorageKey
from core.testing.sending import Sender
from plugins.storage_disk.storage import DiskStorage
from plugins.storage_disk.writer import WrongLength
from tests.plugins.storage_disk.wire import ask, wire_to


def files_of(sender: Sender, root: Path) -> list[str]:
    """Return the names of what an upload has on the disk."""
    return sorted(path.name for path in (root / ".uploads" / sender.target.upload_id).iterdir())


@pytest.mark.parametrize(("length", "status"), [(65_537, 413), (10**12, 413), (65_535, 400), (0, 400)])
async def test_u4_part_of_another_length_is_refused_before_its_body(
    sender: Sender, root: Path, length: int, status: int
) -> None:
    async with wire_to(sender.http) as wire:
        await wire.request("PUT", (await sender.sign(1)).url, content_length=length)
        assert (await wire.answer()).status == status
    assert await sender.received() == []
    assert files_of(sender, root) == ["data", "upload.json"]


async def test_u4_no_byte_beyond_the_length_is_written(storage: DiskStorage, sender: Sender, root: Path) -> None:
    await sender.send(2)
    writer = storage.ledger.writer(sender.target.upload_id, 1)
    with closing(writer):
        writer.open()
        writer.write(sender.part(1))
        with pytest.raises(WrongLength, match="65536"):
            writer.write(b"x")
    data = (root / ".uploads" / sender.target.upload_id / "data").read_bytes()
    assert data[65_536:131_072] == sender.part(2)
    assert await sender.received() == [2]


async def test_u4_type_that_a_sender_claims_is_not_believed(sender: Sender) -> None:
    async with wire_to(sender.http) as wire:
        await wire.request("PUT", (await sender.sign(1)).url, content_length=65_536, content_type="text/html")
        await wire.send(sender.part(1))
        assert (await wire.answer()).status == 200
    await sender.send(2, 3)
    key = (await sender.storage.complete_upload(sender.target)).key
    answer = await ask(sender.http, "GET", sender.storage.url(key, None))
    assert answer.headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize("length", [1, 2, 65_534])
async def test_u16_small_pieces_of_a_part_are_refused(sender: Sender, root: Path, length: int) -> None:
    answers = []
    for number in (1, 2):
        async with wire_to(sender.http) as wire:
            await wire.request("PUT", (await sender.sign(number)).url, content_length=length)
            answers.append((await wire.answer()).status)
    assert answers == [400, 400]
    assert files_of(sender, root) == ["data", "upload.json"]


async def test_u16_smallest_file_is_one_byte_in_one_part(sender: Sender, root: Path) -> None:
    with pytest.raises(ValueError, match="0 bytes"):
        await sender.storage.open_upload(StorageKey("o/empty"), size=0, part_size=65_536, content_type="")
    target = await sender.storage.open_upload(StorageKey("o/one"), size=1, part_size=65_536, content_type="")
    one = Sender(sender.storage, sender.http, target)
    await one.send(1)
    await sender.storage.complete_upload(target)
    assert (root / "o/one").read_bytes() == one.content


async def test_u4_part_without_a_length_is_refused(sender: Sender) -> None:
    async with wire_to(sender.http) as wire:
        await wire.request("PUT", (await sender.sign(1)).url, transfer_encoding="chunked")
        assert (await wire.answer()).status == 411
    assert await sender.received() == []
