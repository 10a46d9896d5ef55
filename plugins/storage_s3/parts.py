"""What the store itself lists of an upload's parts; there is no other ledger."""

import asyncio
from typing import TYPE_CHECKING

from core.api import Part, StorageError, UploadMismatch, UploadTarget
from plugins.storage_s3.bucket import Bucket

if TYPE_CHECKING:
    from types_aiobotocore_s3.type_defs import CompletedPartTypeDef, PartTypeDef

_SECOND_LOOK = 0.3  # seconds after which a store that lists late is asked again


class PartList:
    """Reads the list of parts, to its end."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    async def received(self, target: UploadTarget) -> list[Part]:
        """Return the whole parts, ascending. Raises ObjectMissing unless the upload is open."""
        return _parts(await self._list(target))

    async def whole(self, target: UploadTarget) -> "list[CompletedPartTypeDef]":
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

    async def _list(self, target: UploadTarget) -> "list[PartTypeDef]":
        bucket, listed, marker = self._bucket, list["PartTypeDef"](), 0
        async with bucket.asking(f"the parts of {target.key}"):
            while True:
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
    return [Part(part["PartNumber"], part["Size"], part.get("ChecksumSHA256")) for part in listed]
