"""What the check sends to a store: plain HTTP as a browser does it, to objects that exist for the check only."""

import io
import re
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from core.api import PartRequest, ReadGrant, Storage, StorageKey, UploadTarget
from plugins.storage_s3.bucket import Bucket
from plugins.storage_s3.links import Links
from plugins.storage_s3.objects import sha256_of
from plugins.storage_s3.uploads import MINIMUM_PART

CONTENT = bytes(range(256)) * (MINIMUM_PART // 256) + b"the last part"
_TIMEOUT = aiohttp.ClientTimeout(total=60)
_SIGNATURE = re.compile(r"(X-Amz-Signature=)([0-9a-f])")


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The status, and S3's own name of the error."""
        name = re.search(rb"<Code>([A-Za-z0-9]{1,60})</Code>", self.body[:4000])
        return f"{self.status} {name[1].decode()}" if name else str(self.status)

    @property
    def refused(self) -> bool:
        """Whether the store did not do it."""
        return 400 <= self.status < 500


@dataclass(frozen=True, slots=True)
class Probe:
    """The storage under test, a client, and names that no video has."""

    storage: Storage
    links: Links
    http: aiohttp.ClientSession
    origin: str
    """The site's own origin, from which browsers send and read."""
    original: StorageKey
    segment: StorageKey

    @property
    def bucket(self) -> Bucket:
        """The bucket under test."""
        return self.links.bucket

    def setting(self, name: str) -> str:
        """Return how settings.toml calls a setting of this storage."""
        return f"{self.bucket.table}.{name}"

    async def ask(
        self, method: str, url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request to a URL exactly as it is spelled."""
        data = None if body is None else io.BytesIO(body)
        address = URL(url, encoded=True)
        async with self.http.request(method, address, data=data, headers=headers, allow_redirects=False) as response:
            return Answer(response.status, response.headers.copy(), await response.read())

    def beside(self, name: str) -> StorageKey:
        """Return another key in the folder of the original."""
        return StorageKey(self.original.rpartition("/")[0]).child(name)

    async def open_part(self, key: StorageKey) -> UploadTarget:
        """Open an upload of one small part."""
        return await self.storage.open_upload(key, size=1000, part_size=1000, content_type="")

    async def part(self, target: UploadTarget, number: int = 1, *, declared: bytes | None = None) -> PartRequest:
        """Return the request for a part in the next ten minutes, bound to the declared bytes where the store can."""
        sha256 = None if declared is None else sha256_of(declared)
        return await self.storage.sign_part(target, number, expires_at=int(time.time()) + 600, sha256=sha256)

    async def send(self, part: PartRequest, body: bytes) -> Answer:
        """Send a part as a browser does."""
        return await self.ask("PUT", part.url, body=body, headers=part.headers)

    def read_url(self, key: StorageKey) -> str:
        """Return the URL with which one viewer may read an object for the next ten minutes."""
        return self.storage.url(key, ReadGrant(key, "check", int(time.time()) + 600))


def forged(url: str) -> str:
    """Return the URL with another signature."""
    return _SIGNATURE.sub(lambda found: found[1] + ("0" if found[2] != "0" else "1"), url)


@asynccontextmanager
async def open_probe(storage: Storage, links: Links, base_url: str) -> AsyncIterator[Probe]:
    """Open a client, and choose names."""
    site, chosen = urlsplit(base_url), f"check-{secrets.token_hex(8)}"
    async with aiohttp.ClientSession(timeout=_TIMEOUT, auto_decompress=False) as http:
        yield Probe(
            storage,
            links,
            http,
            f"{site.scheme}://{site.netloc}",
            StorageKey(f"originals/{chosen}/upload"),
            StorageKey(f"videos/{chosen}/set/1.m4s"),
        )
