"""One bucket: the client that talks to it, the names objects have in it, and what its refusals mean."""

import base64
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict, cast

import aiohttp
from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession, get_session
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, ClientError

from core.api import ObjectMissing, StorageError, StorageFull, StorageKey, content_type_of
from plugins.storage_s3.settings import S3Settings

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client
    from types_aiobotocore_s3.literals import ChecksumAlgorithmType, ObjectCannedACLType, ServerSideEncryptionType

MISSING = frozenset({"404", "NoSuchKey", "NoSuchUpload"})
BUSY = frozenset({"500", "502", "503", "504", "InternalError", "ServiceUnavailable", "SlowDown", "RequestTimeout"})
_REFUSED = frozenset({"401", "403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"})
_FULL = frozenset({"507", "InsufficientStorage", "QuotaExceeded", "XMinioStorageFull", "StorageFull"})
# What breaks on the way, before an answer or in the middle of one; every client error of botocore's own is among them.
BROKEN = (BotoCoreError, aiohttp.ClientError, TimeoutError, ConnectionError)
_CONNECTIONS = 32
_FOR_EVER = "public, max-age=31536000, immutable"


class NewObject(TypedDict, total=False):
    """What is sent with every object that is made, in one request or in parts."""

    ContentType: str
    CacheControl: str
    ContentDisposition: str
    ACL: "ObjectCannedACLType"
    ServerSideEncryption: "ServerSideEncryptionType"
    SSEKMSKeyId: str
    ChecksumAlgorithm: "ChecksumAlgorithmType"


class Condition(TypedDict, total=False):
    """Under what circumstances an object may be made."""

    IfNoneMatch: str


@dataclass(frozen=True, slots=True)
class Bucket:
    """The client, and the rules by which this site uses the bucket."""

    client: "S3Client"
    settings: S3Settings

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

    def new_object(self, key: StorageKey, content_type: str | None = None) -> NewObject:
        """Return the headers of a new object. Without a type from us, a browser can do no more than save it."""
        known = content_type or content_type_of(key)
        headers: NewObject = {"ContentType": known, "CacheControl": _FOR_EVER}
        if content_type is None:
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

    @contextmanager
    def errors(self, what: str) -> Iterator[None]:
        """Turn what the store or the way to it says into a StorageError about `what`."""
        try:
            yield
        except ClientError as error:
            raise self._translated(error, what) from error
        except BROKEN as error:
            raise StorageError(
                f"{what}: {self.settings.browser_endpoint} did not answer ({type(error).__name__}: {error}). Look "
                "whether the store runs and can be reached; what was begun can be tried again."
            ) from error

    def _translated(self, error: ClientError, what: str) -> StorageError:
        code, message = code_of(error), error.response.get("Error", {}).get("Message", "")
        if code in MISSING:
            return ObjectMissing(f"{what}: there is no such thing in the bucket {self.name} ({code})")
        if code in _FULL:
            return StorageFull(f"{what}: the store has no room left ({code}). Raise its quota, or free some.")
        remedy = "Run `mutoscope storage_s3 check`."
        if code == "NoSuchBucket":
            remedy = "Create it, or correct storage_s3.bucket."
        elif code in ("501", "NotImplemented"):
            remedy = 'Set storage_s3.conditional_writes = false, and if that does not help, checksums = "md5".'
        elif code in _REFUSED:
            remedy = "Look at storage_s3.access_key and what it may do; the plugin's README lists what it needs."
        return StorageError(f"{what}: the bucket {self.name} answered {code} {message}. {remedy}")


def code_of(error: ClientError) -> str:
    """Return S3's name of the error; for answers without a body it is the HTTP status."""
    return error.response.get("Error", {}).get("Code", "")


@asynccontextmanager
async def open_bucket(settings: S3Settings) -> AsyncIterator[tuple[Bucket, AioSession]]:
    """Open the client. It connects when there is work, so a store that is down keeps no site from starting."""
    session = get_session()
    if settings.access_key is not None and settings.secret_key is not None:
        session.set_credentials(settings.access_key, settings.secret_key.get_secret_value())
    async with session.create_client(
        "s3",
        region_name=settings.region,
        endpoint_url=str(settings.endpoint).rstrip("/") if settings.endpoint else None,
        config=_config(settings),
    ) as client:
        client.meta.events.register("before-sign.s3.DeleteObjects", _add_content_md5)
        yield Bucket(client, settings), session


def _config(settings: S3Settings) -> AioConfig:
    return AioConfig(
        signature_version="s3v4",
        s3={"addressing_style": "virtual" if settings.virtual else "path"},
        # Checksums that nobody asked for are refused by many stores, and sent in trailers that others do not read.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        connect_timeout=settings.connect_seconds,
        read_timeout=settings.silence_seconds,
        max_pool_connections=_CONNECTIONS,
        # Waits twice as long each time, by a random share of it.
        retries={"mode": "standard", "total_max_attempts": settings.attempts},
    )


def _add_content_md5(request: AWSRequest, **_: object) -> None:
    # S3 demands a digest here; botocore sends a CRC32, of which older stores know nothing.
    body = cast(bytes, request.body)  # the stubs say str; it is XML, encoded already
    digest = hashlib.md5(body, usedforsecurity=False).digest()
    request.headers["Content-MD5"] = base64.b64encode(digest).decode()
