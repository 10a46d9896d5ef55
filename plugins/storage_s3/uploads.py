"""Multipart uploads that browsers fill by presigned requests, and whose ledger is the store's own list of parts."""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from core.api import (
    ObjectMissing,
    Part,
    PartRequest,
    StorageError,
    StorageKey,
    StoredObject,
    UploadMismatch,
    UploadTarget,
)
from plugins.storage_s3.backoff import pause
from plugins.storage_s3.bucket import MISSING, Bucket, NewObject, code_of
from plugins.storage_s3.objects import Objects
from plugins.storage_s3.presign import Presigner

if TYPE_CHECKING:
    from types_aiobotocore_s3.type_defs import CompletedPartTypeDef, PartTypeDef

MINIMUM_PART = 5 * 1024**2
MOST_PARTS = 10_000
# Somebody else is completing the same upload, or has done it.
_TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "OperationAborted", "412", "409"})
_UNFIT = frozenset({"InvalidPart", "InvalidPartOrder", "EntityTooSmall"})
_SECOND_LOOK = 0.3  # seconds after which a store that lists late is asked again


class Uploads:
    """Opens, signs, lists, completes and aborts."""

    def __init__(self, bucket: Bucket, objects: Objects, presigner: Presigner) -> None:
        self._bucket, self._objects, self._presigner = bucket, objects, presigner

    async def open(self, key: StorageKey, *, size: int, part_size: int) -> UploadTarget:
        """Start an upload. What the client says of the type is not kept: nobody shall be served HTML from here."""
        shape = UploadTarget(key, "", size, part_size)
        if shape.parts > 1 and part_size < MINIMUM_PART:
            raise ValueError(f"parts of {part_size} bytes are too small: S3 takes {MINIMUM_PART} or more")
        if shape.parts > MOST_PARTS:
            raise ValueError(f"{shape.parts} parts are too many: S3 takes {MOST_PARTS}; make them larger")
        return await self.begin(shape, self._bucket.new_object(key))

    async def begin(self, shape: UploadTarget, headers: NewObject) -> UploadTarget:
        """Start an upload of this shape and return it with the store's id."""
        bucket = self._bucket
        with bucket.errors(f"upload of {shape.key}"):
            opened = await bucket.client.create_multipart_upload(
                Bucket=bucket.name, Key=bucket.path(shape.key), **headers
            )
        return replace(shape, upload_id=opened["UploadId"])

    def sign(self, target: UploadTarget, number: int, *, expires_at: int) -> PartRequest:
        """Return the request for one part. Its length is signed; browsers set that header themselves."""
        length = target.part_length(number)
        url = self._presigner.url(
            "PUT",
            self._bucket.path(target.key),
            expires_at=expires_at,
            query={"partNumber": str(number), "uploadId": target.upload_id},
            headers={"content-length": str(length)},
        )
        return PartRequest(url)

    async def received(self, target: UploadTarget) -> list[Part]:
        """Return the whole parts, ascending. Raises ObjectMissing unless the upload is open."""
        return [Part(part["PartNumber"], part["Size"]) for part in await self._list(target)]

    async def complete(self, target: UploadTarget) -> StoredObject:
        """Make the object of the parts; a second call, or one after a lost answer, finds it made."""
        bucket = self._bucket
        try:
            parts = await self._whole(target)
        except ObjectMissing:
            return await self._made(target)
        with bucket.errors(f"completing {target.key}"):
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

    async def _whole(self, target: UploadTarget) -> "list[CompletedPartTypeDef]":
        """Return the parts to complete with. Raises UploadMismatch unless they are exactly the declared ones."""
        listed = await self._list(target)
        try:
            target.require_whole(_parts(listed))
        except UploadMismatch:
            # Not every store lists what it has just received.
            await asyncio.sleep(_SECOND_LOOK)
            listed = await self._list(target)
            target.require_whole(_parts(listed))
        return [_named(part) for part in listed]

    async def _made(self, target: UploadTarget) -> StoredObject:
        """Return the object an upload has become; its key is this upload's own, so whatever stands there came of it."""
        found = await self._objects.find(target.key)
        if found is None:
            raise ObjectMissing(f"{target.key}: the upload {target.upload_id} is not open, and has become no object")
        if found.size != target.size:
            raise StorageError(
                f"{target.key} has {found.size} bytes in the bucket {self._bucket.name}, and {target.size} were "
                "declared: something else has written there."
            )
        return found

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
        for _ in range(3):
            with bucket.errors(f"aborting the upload of {target.key}"):
                try:
                    await bucket.client.abort_multipart_upload(
                        Bucket=bucket.name, Key=bucket.path(target.key), UploadId=target.upload_id
                    )
                    await bucket.client.list_parts(
                        Bucket=bucket.name, Key=bucket.path(target.key), UploadId=target.upload_id, MaxParts=1
                    )
                except ClientError as error:
                    if code_of(error) in MISSING:
                        return
                    raise
        raise StorageError(f"{target.key}: the store keeps the upload {target.upload_id} open, although it was aborted")

    async def _list(self, target: UploadTarget) -> "list[PartTypeDef]":
        bucket, listed, marker = self._bucket, list["PartTypeDef"](), 0
        while True:
            with bucket.errors(f"the parts of {target.key}"):
                page = await bucket.client.list_parts(
                    Bucket=bucket.name, Key=bucket.path(target.key), UploadId=target.upload_id, PartNumberMarker=marker
                )
            listed += page.get("Parts", [])
            if not page.get("IsTruncated"):
                return sorted(listed, key=lambda part: part["PartNumber"])
            # Our own marker: a store that repeats its own would keep us here for ever.
            if (last := max((part["PartNumber"] for part in page.get("Parts", [])), default=0)) <= marker:
                raise StorageError(f"the parts of {target.key}: the list of the bucket {bucket.name} does not end")
            marker = last


def _named(part: "PartTypeDef") -> "CompletedPartTypeDef":
    named: CompletedPartTypeDef = {"PartNumber": part["PartNumber"], "ETag": part["ETag"]}
    # A store that was given a checksum wants to hear it again; others do not know the element.
    if "ChecksumSHA256" in part:
        named["ChecksumSHA256"] = part["ChecksumSHA256"]
    return named


def _parts(listed: "list[PartTypeDef]") -> list[Part]:
    return [Part(part["PartNumber"], part["Size"]) for part in listed]
