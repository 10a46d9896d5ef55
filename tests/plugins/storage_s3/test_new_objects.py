"""What is sent with a new object: no ACL and no encryption that nobody asked for, and both wherever somebody did."""

from pathlib import Path

import pytest

from core.testing.sending import Sender, some_bytes
from plugins.storage_s3.storage import S3Storage
from tests.plugins.storage_s3.conftest import MIB, ORIGINAL, SEGMENT, SET, StorageOpener
from tests.s3_gateway import Gateway

pytestmark = pytest.mark.slow

MAKING = {"CreateMultipartUpload", "PutObject"}
ACL, ENCRYPTION = "x-amz-acl", "x-amz-server-side-encryption"


async def make_objects(storage: S3Storage, folder: Path) -> None:
    """Make an object in each of the three ways: an upload of a browser's, a small file of ours and a large one."""
    await storage.open_upload(ORIGINAL, size=10, part_size=10, content_type="video/mp4")
    for key, size in ((SEGMENT, 1000), (SET.child("whole.mp4"), 6 * MIB)):
        (folder / "source").write_bytes(some_bytes(size))
        await storage.put_file(key, folder / "source", content_type="video/mp4")


def sent(gateway: Gateway, header: str) -> list[str | None]:
    """Return a header of every request that made an object, None where it was absent."""
    return [headers.get(header) for operation, headers in gateway.headers if operation in MAKING]


async def test_acl_and_encryption_are_off_by_default(storage: S3Storage, gateway: Gateway, tmp_path: Path) -> None:
    await make_objects(storage, tmp_path)
    for header in (ACL, ENCRYPTION, f"{ENCRYPTION}-aws-kms-key-id"):
        assert sent(gateway, header) == [None, None, None]


@pytest.mark.parametrize("acl", ["private", "public-read", "bucket-owner-full-control"])
async def test_acl_that_is_set_is_sent_with_every_new_object(
    open_s3: StorageOpener, gateway: Gateway, tmp_path: Path, acl: str
) -> None:
    async with open_s3(acl=acl) as storage:
        await make_objects(storage, tmp_path)
    assert sent(gateway, ACL) == [acl, acl, acl]
    assert sent(gateway, ENCRYPTION) == [None, None, None]


@pytest.mark.parametrize("key", ["", "arn:aws:kms:us-east-1:123456789012:key/media"])
async def test_encryption_that_is_set_is_asked_for_with_every_new_object(
    open_s3: StorageOpener, gateway: Gateway, tmp_path: Path, key: str
) -> None:
    async with open_s3(encryption="aws:kms", encryption_key=key) as storage:
        await make_objects(storage, tmp_path)
    assert sent(gateway, ENCRYPTION) == ["aws:kms"] * 3
    assert sent(gateway, f"{ENCRYPTION}-aws-kms-key-id") == [key or None] * 3
    assert sent(gateway, ACL) == [None, None, None]


async def test_parts_carry_neither_for_browsers_sign_nothing_of_it(
    open_s3: StorageOpener, sender: Sender, gateway: Gateway
) -> None:
    async with open_s3(acl="private", encryption="AES256") as storage:
        part = await Sender(storage, sender.http, sender.target).sign(1, declared=True)
    assert set(part.headers) == {"x-amz-checksum-sha256"}
