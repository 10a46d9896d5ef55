"""Uploads that nobody completed or aborted: those of a crash between the store's answer and our own row."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypedDict

import structlog
from botocore.exceptions import ClientError

from core.api import StorageError
from plugins.storage_s3.bucket import MISSING, Bucket, code_of

if TYPE_CHECKING:
    from types_aiobotocore_s3.type_defs import MultipartUploadTypeDef

log = structlog.get_logger()


class Place(TypedDict, total=False):
    """Where the list goes on."""

    KeyMarker: str
    UploadIdMarker: str


async def abort_forgotten(bucket: Bucket, seconds: float) -> int:
    """Abort our uploads that began longer than `seconds` ago; return how many. Raises StorageError."""
    began_before, aborted = datetime.now(UTC) - timedelta(seconds=seconds), 0
    async for upload in _open_uploads(bucket):
        if bucket.key_of(upload["Key"]) is None or upload["Initiated"] > began_before:
            continue
        with bucket.errors(f"the forgotten upload of {upload['Key']}"):
            try:
                await bucket.client.abort_multipart_upload(
                    Bucket=bucket.name, Key=upload["Key"], UploadId=upload["UploadId"]
                )
            except ClientError as error:
                if code_of(error) not in MISSING:
                    raise
        aborted += 1
    if aborted:
        log.info("forgotten_uploads_aborted", storage=bucket.table, uploads=aborted)
    return aborted


async def _open_uploads(bucket: Bucket) -> "AsyncIterator[MultipartUploadTypeDef]":
    """Yield every open upload, those of others in the same bucket too. Raises StorageError for a list without end."""
    own = f"{bucket.settings.prefix}/" if bucket.settings.prefix else ""
    last = ("", "")
    while True:
        place: Place = {"KeyMarker": last[0], "UploadIdMarker": last[1]} if last[0] else {}
        with bucket.errors("the open uploads"):
            page = await bucket.client.list_multipart_uploads(Bucket=bucket.name, Prefix=own, **place)
        for upload in page.get("Uploads", []):
            yield upload
        if not page.get("IsTruncated"):
            return
        following = page.get("NextKeyMarker", ""), page.get("NextUploadIdMarker", "")
        # They come in the order of their keys, which is S3's promise.
        if following[0] < last[0] or following in (last, ("", "")):
            raise StorageError(f"the open uploads: the list of the bucket {bucket.name} does not end")
        last = following
