"""Each part is compared with what its sender declared, the whole is composed of them, and the store remembers both."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.api import Part, PartRequest, UploadMismatch, composite
from core.testing.sending import Sender, StorageHttp, in_ten_minutes, some_bytes
from plugins.storage_s3.objects import sha256_of
from plugins.storage_s3.storage import S3Storage
from tests.plugins.storage_s3.conftest import MIB, ORIGINAL, SEGMENT, StorageOpener
from tests.s3_faults import Fault
from tests.s3_gateway import Gateway, Rules

pytestmark = pytest.mark.slow

BODY = some_bytes(1000)
AS_AWS = Rules(demands_checksums=True)


@pytest.fixture
async def small(storage: S3Storage, http: StorageHttp) -> AsyncIterator[Sender]:
    """An open upload of one part of 1,000 bytes."""
    target = await storage.open_upload(ORIGINAL, size=1000, part_size=1000, content_type="")
    yield Sender(storage, http, target)
    await storage.abort_upload(target)


async def declared(sender: Sender, number: int, content: bytes) -> PartRequest:
    """Return the request for a part of these bytes."""
    sha256 = sha256_of(content)
    return await sender.storage.sign_part(sender.target, number, expires_at=in_ten_minutes(), sha256=sha256)


async def send_declared(sender: Sender) -> list[str]:
    """Send every part with its checksum; return the checksums."""
    for number in range(1, sender.target.parts + 1):
        assert await sender.http.send(await declared(sender, number, sender.part(number)), sender.part(number)) == 200
    return [sha256_of(sender.part(number)) for number in range(1, sender.target.parts + 1)]


async def test_u_13_part_of_other_bytes_than_declared_is_refused(small: Sender) -> None:
    part = await declared(small, 1, BODY)
    assert part.headers == {"x-amz-checksum-sha256": sha256_of(BODY)}
    assert await small.http.send(part, BODY[::-1]) == 400
    assert await small.received() == []
    assert await small.http.send(part, BODY) == 200


async def test_u_13_declared_checksum_cannot_be_dropped_or_exchanged(small: Sender) -> None:
    part, other = await declared(small, 1, BODY), BODY[::-1]
    for headers in ({}, {"x-amz-checksum-sha256": sha256_of(other)}):
        assert await small.http.send(replace(part, headers=headers), other) == 403
    assert await small.received() == []


async def test_declared_checksums_are_listed_with_the_parts(small: Sender, storage: S3Storage) -> None:
    assert storage.part_checksums
    await small.http.send(await declared(small, 1, BODY), BODY)
    [part] = await storage.list_parts(small.target)
    assert (part, part.sha256) == (Part(1, 1000), sha256_of(BODY))


@pytest.mark.parametrize("rules", [Rules(), AS_AWS])
async def test_checksum_of_the_whole_is_the_same_on_every_complete(
    sender: Sender, storage: S3Storage, gateway: Gateway, rules: Rules
) -> None:
    gateway.rules = rules
    whole = composite(await send_declared(sender))
    answers = [await storage.complete_upload(sender.target) for _ in range(2)]
    assert [answer.checksum for answer in answers] == [whole, whole]


async def test_r_9_checksum_of_the_whole_survives_a_lost_answer(
    sender: Sender, storage: S3Storage, gateway: Gateway
) -> None:
    whole = composite(await send_declared(sender))
    gateway.faults.order("CompleteMultipartUpload", Fault.LOST_ANSWER)
    assert (await storage.complete_upload(sender.target)).checksum == whole


async def test_part_without_a_checksum_is_taken_where_the_store_takes_it(small: Sender, gateway: Gateway) -> None:
    assert await small.http.send(await small.sign(1), BODY) == 200
    gateway.rules = AS_AWS
    assert await small.http.send(await small.sign(1), BODY) == 400


async def test_u_13_store_that_lost_a_part_leaves_the_upload_open(
    small: Sender, storage: S3Storage, gateway: Gateway
) -> None:
    """Its list says one thing of the part and its bytes another: what it refuses to compose is to be sent again."""
    await small.http.send(await declared(small, 1, BODY), BODY)
    gateway.faults.order("ListParts", Fault.OTHER_CHECKSUM)
    with pytest.raises(UploadMismatch):
        await storage.complete_upload(small.target)
    assert await storage.stat(ORIGINAL) is None
    assert (await storage.complete_upload(small.target)).checksum == composite([sha256_of(BODY)])


@pytest.mark.parametrize("checksums", ["md5", "none"])
async def test_checksums_are_ignored_where_the_store_knows_none(
    open_s3: StorageOpener, http: StorageHttp, checksums: str
) -> None:
    async with open_s3(checksums=checksums) as storage:
        assert not storage.part_checksums
        target = await storage.open_upload(ORIGINAL, size=1000, part_size=1000, content_type="")
        part = await storage.sign_part(target, 1, expires_at=in_ten_minutes(), sha256=sha256_of(b"other"))
        assert part.headers == {}
        assert await http.send(part, BODY) == 200
        assert [part.sha256 for part in await storage.list_parts(target)] == [None]
        assert (await storage.complete_upload(target)).checksum is None


async def test_old_minio_says_the_checksum_without_the_number_of_parts(
    small: Sender, storage: S3Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await small.http.send(await declared(small, 1, BODY), BODY)
    head_object = storage.bucket.client.head_object

    async def without_the_number(**asked: str) -> dict[str, object]:
        head = dict(await head_object(**asked))  # type: ignore[arg-type]
        return head | {"ChecksumSHA256": str(head["ChecksumSHA256"]).partition("-")[0]}

    monkeypatch.setattr(storage.bucket.client, "head_object", without_the_number)
    assert (await storage.complete_upload(small.target)).checksum == composite([sha256_of(BODY)])


async def test_large_file_of_ours_has_no_checksum_that_an_upload_could_be_compared_with(
    storage: S3Storage, tmp_path: Path
) -> None:
    """It was cut into parts of our own choosing, and so the store composes another one."""
    (tmp_path / "large").write_bytes(some_bytes(6 * MIB))
    assert (await storage.put_file(SEGMENT, tmp_path / "large", content_type="video/mp4")).checksum is None
