"""Whole objects in the bucket: find, list, store, delete."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

from botocore.exceptions import ClientError

from core.api import StorageError, StorageKey, StoredObject
from plugins.storage_s3.backoff import pause
from plugins.storage_s3.bucket import BUSY, MISSING, Bucket, Checked, code_of

if TYPE_CHECKING:
    from types_aiobotocore_s3.type_defs import ErrorTypeDef, HeadObjectOutputTypeDef, ListObjectsV2OutputTypeDef

_BATCH = 1000  # what S3 deletes at once
_EXISTS = frozenset({"PreconditionFailed", "412"})
_CONFLICT = frozenset({"ConditionalRequestConflict", "OperationAborted", "409"})


class Place(TypedDict, total=False):
    """Where a list goes on."""

    ContinuationToken: str
    StartAfter: str


class Digest(TypedDict, total=False):
    """What the store compares with the bytes that it has received."""

    ChecksumSHA256: str
    ContentMD5: str


def sha256_of(content: bytes) -> str:
    """Return the SHA-256 of these bytes as it travels: in base64."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def digest_of(content: bytes, kind: str) -> Digest:
    """Return the checksum to send with these bytes, by storage_s3.checksums."""
    if kind == "sha256":
        return {"ChecksumSHA256": sha256_of(content)}
    if kind == "md5":
        return {"ContentMD5": base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()}
    return {}


class Objects:
    """Finds, lists, stores small files and deletes."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    async def find(self, key: StorageKey) -> StoredObject | None:
        """Return the object, None when there is none."""
        head = await self.head(key)
        return None if head is None else StoredObject(key, head["ContentLength"])

    async def head(self, key: StorageKey, **asked: Unpack[Checked]) -> "HeadObjectOutputTypeDef | None":
        """Return what the store says of an object, None when there is none."""
        bucket = self._bucket
        async with bucket.asking(str(key)):
            try:
                return await bucket.client.head_object(Bucket=bucket.name, Key=bucket.path(key), **asked)
            except ClientError as error:
                if code_of(error) in MISSING:
                    return None
                raise

    async def put(self, key: StorageKey, source: Path) -> StoredObject:
        """Store a file in one request; it is held in memory for as long."""
        bucket = self._bucket
        content = await asyncio.to_thread(source.read_bytes)
        digest = await asyncio.to_thread(digest_of, content, bucket.settings.checksums)
        with bucket.errors(str(key)):
            try:
                await bucket.client.put_object(
                    Bucket=bucket.name,
                    Key=bucket.path(key),
                    Body=content,
                    **digest,
                    **bucket.new_object(key),
                    **bucket.only_if_new,
                )
            except ClientError as error:
                if code_of(error) not in _EXISTS | _CONFLICT:
                    raise
                return await self.stored_before(key, len(content))
        return StoredObject(key, len(content))

    async def stored_before(self, key: StorageKey, size: int) -> StoredObject:
        """Return the object that is there already, by us or by a twin of ours. Raises StorageError for another size."""
        found = await self.find(key)
        if found is None or found.size != size:
            there = f"an object of {found.size} bytes is there" if found else "somebody else writes it at this moment"
            raise StorageError(f"{key}: {size} bytes were to be stored, but {there}. Objects are never overwritten.")
        return found

    async def below(self, prefix: StorageKey) -> AsyncIterator[StoredObject]:
        """Yield the objects below a prefix; what in the bucket has no key of ours is passed over."""
        last, token = "", None
        while True:
            page = await self._page(f"{self._bucket.path(prefix)}/", last, token)
            found = page.get("Contents", [])
            # The order is S3's promise; a page that begins where we were already would keep us here for ever.
            if found and found[0]["Key"] <= last:
                raise StorageError(f"{prefix}: the list of the bucket {self._bucket.name} does not go on after {last}")
            for item in found:
                if (key := self._bucket.key_of(item["Key"])) is not None:
                    yield StoredObject(key, item["Size"])
            if not page.get("IsTruncated"):
                return
            if not found:
                raise StorageError(f"{prefix}: the list of the bucket {self._bucket.name} does not end")
            last, token = found[-1]["Key"], page.get("NextContinuationToken")

    async def _page(self, prefix: str, last: str, token: str | None) -> "ListObjectsV2OutputTypeDef":
        bucket = self._bucket
        # Without a token a name goes on as well.
        place: Place = {"ContinuationToken": token} if token else {"StartAfter": last} if last else {}
        async with bucket.asking(f"listing {prefix}"):
            return await bucket.client.list_objects_v2(Bucket=bucket.name, Prefix=prefix, **place)

    async def delete(self, keys: Sequence[StorageKey]) -> None:
        """Remove objects, as many at once as S3 takes."""
        paths = list(dict.fromkeys(self._bucket.path(key) for key in keys))
        for start in range(0, len(paths), _BATCH):
            await self._delete_batch(paths[start : start + _BATCH])

    async def _delete_batch(self, paths: list[str]) -> None:
        bucket, failed = self._bucket, list["ErrorTypeDef"]()
        for attempt in range(bucket.settings.attempts):
            if attempt:
                await pause(attempt)
            with bucket.errors(f"deleting {len(paths)} objects"):
                answer = await bucket.client.delete_objects(
                    Bucket=bucket.name, Delete={"Objects": [{"Key": path} for path in paths], "Quiet": True}
                )
            failed = [error for error in answer.get("Errors", []) if error.get("Code") not in MISSING]
            # botocore repeats the request when it fails, but not what fails inside of one that succeeds.
            if not failed or any(error.get("Code") not in BUSY for error in failed):
                break
            paths = [error.get("Key", "") for error in failed]
        if failed:
            raise StorageError(
                f"{failed[0].get('Key')} and {len(failed) - 1} more could not be deleted: {failed[0].get('Code')} "
                f"{failed[0].get('Message')}. Look at what {bucket.table}.access_key may do."
            )
