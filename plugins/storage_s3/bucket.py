"""One bucket: the names objects have in it, the headers they get, and what its refusals mean."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

import aiohttp
from botocore.exceptions import BotoCoreError, ClientError

from core.api import ObjectMissing, StorageError, StorageFull, StorageKey, content_type_of
from plugins.storage_s3.settings import BucketSettings

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client
    from types_aiobotocore_s3.literals import (
        ChecksumAlgorithmType,
        ChecksumModeType,
        ObjectCannedACLType,
        ServerSideEncryptionType,
    )

MISSING = frozenset({"404", "NoSuchKey", "NoSuchUpload"})
BUSY = frozenset({"500", "502", "503", "504", "InternalError", "ServiceUnavailable", "SlowDown", "RequestTimeout"})
_REFUSED = frozenset({"401", "403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"})
_FULL = frozenset({"507", "InsufficientStorage", "QuotaExceeded", "XMinioStorageFull", "StorageFull"})
# What breaks on the way, before an answer or in the middle of one; every client error of botocore's own is among them.
BROKEN = (BotoCoreError, aiohttp.ClientError, TimeoutError, ConnectionError)
_OPAQUE = "application/octet-stream"
_FOR_EVER = "public, max-age=31536000, immutable"


class NewObject(TypedDict, total=False):
    """What is sent with every object that is made, in one request or in parts."""

    ContentType: str
    CacheControl: str
    ContentDisposition: str
    ACL: "ObjectCannedACLType"
    ServerSideEncryption: "ServerSideEncryptionType"
    SSEKMSKeyId: str


class Condition(TypedDict, total=False):
    """Under what circumstances an object may be made."""

    IfNoneMatch: str


class PartsChecked(TypedDict, total=False):
    """With what every part of an upload is declared."""

    ChecksumAlgorithm: "ChecksumAlgorithmType"


class Checked(TypedDict, total=False):
    """Whether the checksum is asked for with the headers of an object."""

    ChecksumMode: "ChecksumModeType"


@dataclass(frozen=True, slots=True)
class Bucket:
    """The client, and the rules by which this site uses the bucket. `table` of settings.toml describes it."""

    client: "S3Client"
    settings: BucketSettings
    table: str

    @property
    def name(self) -> str:
        """The bucket's name."""
        return self.settings.bucket

    def path(self, key: StorageKey) -> str:
        """Return the name an object has in the bucket."""
        return f"{self.settings.prefix}/{key}" if self.settings.prefix else str(key)

    def key_of(self, path: str) -> StorageKey | None:
        """Return the key of an object in the bucket, or None for one that is not ours."""
        own = f"{self.settings.prefix}/" if self.settings.prefix else ""
        try:
            return StorageKey(path[len(own) :]) if path.startswith(own) else None
        except ValueError:
            return None

    def new_object(self, key: StorageKey) -> NewObject:
        """Return the headers of a new object: only what its key says is media can be shown, all else is saved."""
        headers: NewObject = {"ContentType": content_type_of(key), "CacheControl": _FOR_EVER}
        if headers["ContentType"] == _OPAQUE:
            headers |= {"CacheControl": "private, no-store", "ContentDisposition": "attachment"}
        if self.settings.acl:
            headers["ACL"] = self.settings.acl
        if self.settings.encryption:
            headers["ServerSideEncryption"] = self.settings.encryption
        if self.settings.encryption_key:
            headers["SSEKMSKeyId"] = self.settings.encryption_key
        return headers

    @property
    def only_if_new(self) -> Condition:
        """Return what keeps a request from overwriting an object, where the store knows of it."""
        return {"IfNoneMatch": "*"} if self.settings.conditional_writes else {}

    @property
    def part_checksums(self) -> bool:
        """Whether parts are declared with a SHA-256, which the store compares, keeps and composes."""
        return self.settings.checksums == "sha256"

    @property
    def checksums_of_parts(self) -> PartsChecked:
        """Return what opens an upload whose parts are declared with their SHA-256."""
        return {"ChecksumAlgorithm": "SHA256"} if self.part_checksums else {}

    @property
    def with_checksum(self) -> Checked:
        """Return what asks for an object's checksum, where there is one."""
        return {"ChecksumMode": "ENABLED"} if self.part_checksums else {}

    @asynccontextmanager
    async def asking(self, what: str, *, seconds: float | None = None) -> AsyncIterator[None]:
        """Do as `errors` does for what a person may be waiting for: it ends in time, whatever the store does.

        All attempts together get `seconds`, by default those of `answer_seconds`.
        """
        limit = self.settings.answer_seconds if seconds is None else seconds
        with self.errors(what):
            try:
                async with asyncio.timeout(limit) as timer:
                    yield
            except TimeoutError as error:
                if timer.expired():
                    raise TimeoutError(f"not within {limit:g} s") from error
                raise

    @contextmanager
    def errors(self, what: str) -> Iterator[None]:
        """Turn what the store or the way to it says into a StorageError about `what`."""
        try:
            yield
        except ClientError as error:
            raise self._translated(error, what) from error
        except BROKEN as error:
            raise StorageError(
                f"{what}: {self.settings.address} did not answer ({type(error).__name__}: {error}). Look "
                "whether the store runs and can be reached; what was begun can be tried again."
            ) from error

    def _translated(self, error: ClientError, what: str) -> StorageError:
        code, message = code_of(error), error.response.get("Error", {}).get("Message", "")
        if code in MISSING:
            return ObjectMissing(f"{what}: there is no such thing in the bucket {self.name} ({code})")
        if code in _FULL:
            return StorageFull(f"{what}: the store has no room left ({code}). Raise its quota, or free some.")
        remedy = "Run `mutoscope storage check`."
        if code == "NoSuchBucket":
            remedy = f"Create it, or correct {self.table}.bucket."
        elif code in ("501", "NotImplemented"):
            remedy = f'Set {self.table}.conditional_writes = false, and if that does not help, checksums = "md5".'
        elif code in _REFUSED:
            remedy = f"Look at {self.table}.access_key and what it may do; the plugin's README lists what it needs."
        return StorageError(f"{what}: the bucket {self.name} answered {code} {message}. {remedy}")


def code_of(error: ClientError) -> str:
    """Return S3's name of the error; for answers without a body it is the HTTP status."""
    return error.response.get("Error", {}).get("Code", "")
