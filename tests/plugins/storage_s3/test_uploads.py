"""Uploads straight to the bucket: nothing unsigned counts, and completion survives lost answers and crashes."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from core.api import Part, StorageError, UploadMismatch
from core.testing.sending import Sender, content_of, in_ten_minutes
from plugins.storage_s3.storage import S3Storage
from tests.plugins.storage_s3.conftest import ORIGINAL, SEGMENT, StorageOpener
from tests.s3_faults import Fault
from tests.s3_gateway import BUGGY_UNSIGNED_HEADERS, Gateway

pytestmark = pytest.mark.slow

SECRET = b"a private segment of somebody else's"
UNSIGNED = {
    "x-amz-acl": "public-read",
    "x-amz-tagging": "a=b",
    "x-amz-meta-a": "b",
    "x-amz-checksum-sha256": "A" * 43 + "=",
    "x-amz-server-side-encryption": "aws:kms",
}


@pytest.mark.parametrize("header", UNSIGNED)
async def test_u_7_unsigned_amz_header_is_refused(sender: Sender, header: str) -> None:
    part = await sender.sign(3)
    altered = replace(part, headers={**part.headers, header: UNSIGNED[header]})
    assert await sender.http.send(altered, sender.part(3)) == 403
    assert await sender.received() == []


async def test_u_7_part_link_copies_no_other_object(
    sender: Sender, storage: S3Storage, gateway: Gateway, tmp_path: Path
) -> None:
    """The gateway tells: the same request steals the object in a store that is careless."""
    (tmp_path / "private").write_bytes(SECRET)
    await storage.put_file(SEGMENT, tmp_path / "private", content_type="video/mp4")
    part = await sender.sign(3)
    source = f"/{storage.bucket.name}/{storage.bucket.path(SEGMENT)}"
    stealing = replace(part, headers={"x-amz-copy-source": source})
    assert await sender.http.send(stealing, sender.part(3)) == 403
    assert await sender.received() == []
    gateway.rules = BUGGY_UNSIGNED_HEADERS
    assert await sender.http.send(stealing, sender.part(3)) == 200
    assert [(found.number, found.size) for found in await storage.list_parts(sender.target)] == [(3, len(SECRET))]


@pytest.mark.parametrize(
    ("part", "other"),
    [("partNumber=3", "partNumber=2"), ("uploadId=", "uploadId=x"), ("content-length%3Bhost", "host")],
)
async def test_u_7_changed_link_is_refused(sender: Sender, part: str, other: str) -> None:
    signed = await sender.sign(3)
    assert part in signed.url
    assert await sender.http.send(replace(signed, url=signed.url.replace(part, other)), sender.part(3)) == 403
    assert await sender.received() == []


async def test_r_1_completion_is_found_after_a_crash(sender: Sender, open_s3: StorageOpener) -> None:
    await sender.send(1, 2, 3)
    first = await sender.storage.complete_upload(sender.target)
    async with open_s3() as another_process:
        assert await another_process.complete_upload(sender.target) == first


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.ERROR_IN_200, Fault.INTERNAL_ERROR, Fault.RESET])
async def test_r_9_completion_survives(sender: Sender, storage: S3Storage, gateway: Gateway, fault: Fault) -> None:
    await sender.send(1, 2, 3)
    gateway.faults.order("CompleteMultipartUpload", fault)
    assert (await storage.complete_upload(sender.target)).size == sender.target.size
    assert gateway.faults.happened == [("CompleteMultipartUpload", fault)]
    assert await content_of(storage, ORIGINAL) == sender.content


async def test_r_9_part_that_is_listed_late_is_not_missing(
    sender: Sender, storage: S3Storage, gateway: Gateway
) -> None:
    await sender.send(1, 2, 3)
    gateway.faults.order("ListParts", Fault.STALE_LIST)
    assert (await storage.complete_upload(sender.target)).size == sender.target.size


async def test_r_9_list_of_parts_without_end_is_an_error(sender: Sender, storage: S3Storage, gateway: Gateway) -> None:
    await sender.send(1)
    gateway.faults.always("ListParts", Fault.ENDLESS_LIST)
    with pytest.raises(StorageError, match="does not end"):
        await asyncio.wait_for(storage.list_parts(sender.target), 10)


async def test_list_of_parts_is_read_to_its_last_page(storage: S3Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    shape = {"size": 2 * storage.minimum_part_size + 1, "part_size": storage.minimum_part_size}
    target = await storage.open_upload(ORIGINAL, **shape, content_type="")
    bucket = storage.bucket
    for number in (1, 2, 3):
        await bucket.client.upload_part(
            Bucket=bucket.name, Key=ORIGINAL, UploadId=target.upload_id, PartNumber=number, Body=b"x" * number
        )
    whole_page = bucket.client.list_parts
    monkeypatch.setattr(bucket.client, "list_parts", lambda **asked: whole_page(**asked, MaxParts=1))
    assert await storage.list_parts(target) == [Part(1, 1), Part(2, 2), Part(3, 3)]


async def test_parts_of_other_lengths_do_not_become_an_object(storage: S3Storage) -> None:
    """S3 itself would take a last part of any length; what was declared is what counts."""
    target = await storage.open_upload(ORIGINAL, size=1000, part_size=1000, content_type="")
    bucket = storage.bucket
    await bucket.client.upload_part(
        Bucket=bucket.name, Key=ORIGINAL, UploadId=target.upload_id, PartNumber=1, Body=b"x" * 999
    )
    with pytest.raises(UploadMismatch, match="parts 1"):
        await storage.complete_upload(target)
    assert await storage.stat(ORIGINAL) is None


async def test_complete_that_would_overwrite_leaves_what_is_there(storage: S3Storage, sender: Sender) -> None:
    """Another upload of the same key: its object stands, ours is dropped with all of its parts."""
    twin = Sender(storage, sender.http, await storage.open_upload(ORIGINAL, **_shape(sender), content_type=""))
    await sender.send(1, 2, 3)
    await twin.send(1, 2, 3)
    first = await storage.complete_upload(sender.target)
    assert await storage.complete_upload(twin.target) == first
    bucket = storage.bucket
    assert "Uploads" not in await bucket.client.list_multipart_uploads(Bucket=bucket.name)


def _shape(sender: Sender) -> dict[str, int]:
    return {"size": sender.target.size, "part_size": sender.target.part_size}


@pytest.mark.parametrize(("size", "part_size", "complaint"), [(10_000, 5_000, "too small"), (2**40, 2**26, "too many")])
async def test_upload_that_s3_would_refuse_is_refused_at_once(
    storage: S3Storage, gateway: Gateway, size: int, part_size: int, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        await storage.open_upload(ORIGINAL, size=size, part_size=part_size, content_type="")
    assert gateway.seen == []


async def test_signing_waits_for_nobody(storage: S3Storage, sender: Sender, gateway: Gateway) -> None:
    before = len(gateway.seen)
    await storage.sign_part(sender.target, 1, expires_at=in_ten_minutes())
    storage.url(ORIGINAL, None)
    assert len(gateway.seen) == before
