"""Uploads that nobody ended leave nothing in the bucket, however many there are, and those of others stay."""

import asyncio
import sys
from typing import Any

import pytest

from core.api import StorageError, StorageKey
from core.testing.sending import Sender
from plugins.storage_s3.forgotten import abort_forgotten
from plugins.storage_s3.storage import S3Storage
from tests.plugins.storage_s3.conftest import StorageOpener
from tests.s3_faults import Fault
from tests.s3_gateway import Gateway

pytestmark = pytest.mark.slow

LONG_AGO = 3600  # moto says of every upload that it began in 2010


async def still_open(storage: S3Storage) -> list[str]:
    """Return the keys of the open uploads."""
    bucket = storage.bucket
    page = await bucket.client.list_multipart_uploads(Bucket=bucket.name)
    return sorted(upload["Key"] for upload in page.get("Uploads", []))


async def opened(storage: S3Storage, count: int) -> None:
    """Open uploads."""
    for number in range(count):
        await storage.open_upload(StorageKey(f"originals/v/{number}"), size=10, part_size=10, content_type="")


async def test_u_15_forgotten_uploads_are_aborted(storage: S3Storage, sender: Sender) -> None:
    await sender.send(1)
    assert await abort_forgotten(storage.bucket, 2**31) == 0
    assert await abort_forgotten(storage.bucket, LONG_AGO) == 1
    assert await still_open(storage) == []


async def test_u_15_sweep_runs_by_itself(open_s3: StorageOpener, monkeypatch: pytest.MonkeyPatch) -> None:
    # By name: in the package, `storage` is the hook.
    monkeypatch.setattr(sys.modules[S3Storage.__module__], "_SWEEP_SECONDS", 0.01)
    async with open_s3() as storage:
        await opened(storage, 1)
        async with asyncio.timeout(30):
            while await still_open(storage):
                await asyncio.sleep(0.01)


async def test_u_15_sweep_comes_to_the_last_page(storage: S3Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    await opened(storage, 5)
    whole = await storage.bucket.client.list_multipart_uploads(Bucket=storage.bucket.name)
    uploads = sorted(whole["Uploads"], key=lambda upload: upload["Key"])

    async def page(**asked: str) -> dict[str, Any]:
        [first, *rest] = [upload for upload in uploads if upload["Key"] > asked.get("KeyMarker", "")]
        markers = {"NextKeyMarker": first["Key"], "NextUploadIdMarker": first["UploadId"]}
        return {"Uploads": [first], "IsTruncated": bool(rest), **markers}

    with monkeypatch.context() as patched:
        patched.setattr(storage.bucket.client, "list_multipart_uploads", page)
        assert await abort_forgotten(storage.bucket, LONG_AGO) == 5
    assert await still_open(storage) == []


async def test_p_3_uploads_of_others_in_the_bucket_are_left_alone(open_s3: StorageOpener) -> None:
    async with open_s3(prefix="site") as storage:
        bucket = storage.bucket
        await opened(storage, 1)
        for key in ("other/originals/v/1", "site/Not Ours", "site/../x", "siteoriginals/v/1"):
            await bucket.client.create_multipart_upload(Bucket=bucket.name, Key=key)
        assert await abort_forgotten(bucket, LONG_AGO) == 1
        assert await still_open(storage) == ["other/originals/v/1", "site/../x", "site/Not Ours", "siteoriginals/v/1"]


async def test_r_9_list_of_uploads_without_end_is_an_error(storage: S3Storage, gateway: Gateway) -> None:
    await opened(storage, 1)
    gateway.faults.always("ListMultipartUploads", Fault.ENDLESS_LIST)
    with pytest.raises(StorageError, match="does not end"):
        await asyncio.wait_for(abort_forgotten(storage.bucket, LONG_AGO), 10)
