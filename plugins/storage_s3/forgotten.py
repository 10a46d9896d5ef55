"""Uploads that nobody completed or aborted: those of a crash between the store's answer and our own row."""

from datetime import UTC, datetime, timedelta

import structlog
from botocore.exceptions import ClientError

from plugins.storage_s3.bucket import MISSING, Bucket, code_of

log = structlog.get_logger()


async def abort_forgotten(bucket: Bucket, seconds: float) -> int:
    """Abort our uploads that began longer than `seconds` ago; return how many. Raises StorageError."""
    began_before, aborted = datetime.now(UTC) - timedelta(seconds=seconds), 0
    own = f"{bucket.settings.prefix}/" if bucket.settings.prefix else ""
    with bucket.errors("the open uploads"):
        # One page: what is left is older still the next time.
        page = await bucket.client.list_multipart_uploads(Bucket=bucket.name, Prefix=own)
        for upload in page.get("Uploads", []):
            if bucket.key_of(upload["Key"]) is None or upload["Initiated"] > began_before:
                continue
            try:
                await bucket.client.abort_multipart_upload(
                    Bucket=bucket.name, Key=upload["Key"], UploadId=upload["UploadId"]
                )
            except ClientError as error:
                if code_of(error) not in MISSING:
                    raise
            aborted += 1
    if aborted:
        log.info("forgotten_uploads_aborted", plugin="storage_s3", uploads=aborted)
    return aborted
