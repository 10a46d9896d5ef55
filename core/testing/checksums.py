"""What every storage promises of checksums: to compare what senders declare, or to let it pass."""

from core.storage import Storage, composite, composite_of
from core.testing.sending import Sender, sha256_of, some_bytes


class ChecksumContract:
    """Parts that are declared with their SHA-256. Part of `StorageContract`, with the `sender` of `UploadContract`."""

    async def test_declared_part_is_taken_and_listed_with_its_checksum(self, storage: Storage, sender: Sender) -> None:
        await sender.send(2, 1, declared=True)
        found = [part.sha256 for part in await storage.list_parts(sender.target)]
        assert found == ([sha256_of(sender.part(n)) for n in (1, 2)] if storage.part_checksums else [None, None])

    async def test_u13_other_bytes_than_declared_are_refused_where_they_are_compared(
        self, storage: Storage, sender: Sender
    ) -> None:
        signed = await sender.sign(1, declared=True)
        status = await sender.http.send(signed, some_bytes(sender.target.part_length(1), "other"))
        assert (status >= 400) == storage.part_checksums
        assert await sender.received() == ([] if storage.part_checksums else [1])

    async def test_u13_refused_part_is_sent_again_by_the_same_request(self, storage: Storage, sender: Sender) -> None:
        signed = await sender.sign(2, declared=True)
        await sender.http.send(signed, some_bytes(sender.target.part_length(2), "other"))
        assert await sender.http.send(signed, sender.part(2)) < 300
        await sender.send(1, 3)
        await storage.complete_upload(sender.target)
        assert await composite_of(storage.read(sender.target.key), sender.target.part_size) == _whole(sender)

    async def test_declared_upload_has_the_checksum_of_its_bytes(self, storage: Storage, sender: Sender) -> None:
        await sender.send(1, 2, 3, declared=True)
        stored = await storage.complete_upload(sender.target)
        assert stored.checksum == (_whole(sender) if storage.part_checksums else None)
        assert await composite_of(storage.read(sender.target.key), sender.target.part_size) == _whole(sender)

    async def test_upload_of_which_a_part_was_not_declared_has_no_wrong_checksum(
        self, storage: Storage, sender: Sender
    ) -> None:
        await sender.send(1, 3, declared=True)
        await sender.send(2)
        assert (await storage.complete_upload(sender.target)).checksum in (None, _whole(sender))


def _whole(sender: Sender) -> str:
    return composite([sha256_of(sender.part(number)) for number in (1, 2, 3)])
