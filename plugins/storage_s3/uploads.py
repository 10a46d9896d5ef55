"""Multipart uploads that browsers fill by presigned requests, and that become one object."""

import time
from dataclasses import replace

from botocore.exceptions import ClientError

from core.api import ObjectMissing, PartRequest, StorageError, StorageKey, StoredObject, UploadMismatch, UploadTarget
from plugins.storage_s3.backoff import pause
from plugins.storage_s3.bucket import MISSING, Bucket, code_of
from plugins.storage_s3.objects import Objects
from plugins.storage_s3.parts import PartList
from plugins.storage_s3.presign import Presigner

MINIMUM_PART = 5 * 1024**2
MOST_PARTS = 10_000
CHECKSUM_HEADER = "x-amz-checksum-sha256"
# Somebody else is completing the same upload, or has done it.
_TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "OperationAborted", "412", "409"})
_UNFIT = frozenset({"InvalidPart", "InvalidPartOrder", "EntityTooSmall", "BadDigest"})


class Uploads:
    """Opens, signs, completes and aborts."""

    def __init__(self, bucket: Bucket, objects: Objects, presigner: Presigner) -> None:
        self._bucket, self._objects, self._presigner = bucket, objects, presigner
        self.parts = PartList(bucket)

    async def open(self, key: StorageKey, *, size: int, part_size: int) -> UploadTarget:
        """Start an upload. What the client says of the type is not kept: nobody shall be served HTML from here."""
        shape = UploadTarget(key, "", size, part_size)
        if shape.parts > 1 and part_size < MINIMUM_PART:
            raise ValueError(f"parts of {part_size} bytes are too small: S3 takes {MINIMUM_PART} or more")
        if shape.parts > MOST_PARTS:
            raise ValueError(f"{shape.parts} parts are too many: S3 takes {MOST_PARTS}; make them larger")
        return await self.begin(shape)

    async def begin(self, shape: UploadTarget) -> UploadTarget:
        """Start an upload of this shape and return it with the store's id.

        The store is told of the checksums now: AWS takes those of parts without this too, but neither lists nor
        composes them. In return, AWS and MinIO refuse a part of such an upload that has none.
        """
        bucket = self._bucket
        async with bucket.asking(f"upload of {shape.key}"):
            opened = await bucket.client.create_multipart_upload(
                Bucket=bucket.name,
                Key=bucket.path(shape.key),
                **bucket.new_object(shape.key),
                **bucket.checksums_of_parts,
            )
        return replace(shape, upload_id=opened["UploadId"])

    def sign(self, target: UploadTarget, number: int, *, expires_at: int, sha256: str | None) -> PartRequest:
        """Return the request for one part. Its length is signed; browsers set that header themselves."""
        sent = {CHECKSUM_HEADER: sha256} if sha256 is not None and self._bucket.part_checksums else {}
        latest = int(time.time()) + self._bucket.settings.part_url_seconds
        url = self._presigner.url(
            "PUT",
            self._bucket.path(target.key),
            expires_at=min(expires_at, latest),
            query={"partNumber": str(number), "uploadId": target.upload_id},
            headers={"content-length": str(target.part_length(number)), **sent},
        )
        return PartRequest(url, sent)

    async def complete(self, target: UploadTarget) -> StoredObject:
        """Make the object of the parts; a second call, or one after a lost answer, finds it made."""
        bucket = self._bucket
        try:
            parts = await self.parts.whole(target)
        except ObjectMissing:
            return await self._made(target)
        async with bucket.asking(f"completing {target.key}", seconds=bucket.settings.complete_seconds):
            try:
                await bucket.client.complete_multipart_upload(
                    Bucket=bucket.name,
                    Key=bucket.path(target.key),
                    UploadId=target.upload_id,
                    MultipartUpload={"Parts": parts},
                    **bucket.only_if_new,
                )
            except ClientError as error:
                if code_of(error) in _UNFIT:
                    raise UploadMismatch(f"upload of {target.key}: a part has changed. Complete it again.") from error
                if code_of(error) in _TAKEN:
                    return await self._made_by_another(target)
                # No longer open: an answer was lost, and the request sent again.
                if code_of(error) not in MISSING:
                    raise
        return await self._made(target)

    async def _made(self, target: UploadTarget) -> StoredObject:
        """Return the object an upload has become; its key is this upload's own, so whatever stands there came of it."""
        head = await self._objects.head(target.key, **self._bucket.with_checksum)
        if head is None:
            raise ObjectMissing(f"{target.key}: the upload {target.upload_id} is not open, and has become no object")
        if head["ContentLength"] != target.size:
            raise StorageError(
                f"{target.key} has {head['ContentLength']} bytes in the bucket {self._bucket.name}, and {target.size} "
                "were declared: something else has written there."
            )
        return StoredObject(target.key, target.size, _composite(head.get("ChecksumSHA256"), target.parts))

    async def _made_by_another(self, target: UploadTarget) -> StoredObject:
        """Wait for the twin of this call that was first, and leave nothing of this upload behind."""
        for attempt in range(1, 6):
            try:
                found = await self._made(target)
            except ObjectMissing:
                await pause(attempt)
            else:
                await self.abort(target)
                return found
        return await self._made(target)

    async def abort(self, target: UploadTarget) -> None:
        """Forget the upload. A part that was under way may outlive an abort, so it is repeated until none is left."""
        bucket = self._bucket
        path, upload_id = bucket.path(target.key), target.upload_id
        async with bucket.asking(f"aborting the upload of {target.key}"):
            for _ in range(3):
                try:
                    await bucket.client.abort_multipart_upload(Bucket=bucket.name, Key=path, UploadId=upload_id)
                    await bucket.client.list_parts(Bucket=bucket.name, Key=path, UploadId=upload_id, MaxParts=1)
                except ClientError as error:
                    if code_of(error) in MISSING:
                        return
                    raise
        raise StorageError(f"{target.key}: the store keeps the upload {target.upload_id} open, although it was aborted")


def _composite(checksum: str | None, parts: int) -> str | None:
    # MinIO before 2023-04 leaves the number of parts out (minio/minio#17035).
    return checksum if checksum is None or "-" in checksum else f"{checksum}-{parts}"
