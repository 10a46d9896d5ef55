"""What a browser does with a storage: send parts, read URLs."""

import hashlib
import io
import time
from dataclasses import dataclass
from email.message import Message
from urllib.parse import urljoin

from aiohttp import ClientSession
from yarl import URL

from core.storage import PartRequest, Storage, StorageKey, UploadTarget
from core.storage.checksums import encoded


@dataclass(frozen=True, slots=True)
class StorageHttp:
    """Does what a browser does with the requests and URLs that a storage hands out. `base_url` is where paths begin."""

    session: ClientSession
    base_url: str

    async def send(self, request: PartRequest, body: bytes) -> int:
        """Send a part and return the status."""
        url, headers = self.address(request.url), dict(request.headers)
        # Asking first (RFC 9110, 10.1.1): some servers refuse without reading, and a socket with megabytes still to be
        # sent outlives its client.
        async with self.session.put(url, data=io.BytesIO(body), headers=headers, expect100=True) as response:
            await response.read()
            return response.status

    async def get(self, url: str) -> tuple[int, bytes]:
        """Read a URL and return status and body."""
        async with self.session.get(self.address(url)) as response:
            return response.status, await response.read()

    async def saved_as(self, url: str) -> tuple[str | None, str | None]:
        """Read a URL; return whether it is an `attachment` or `inline`, and the name it is saved under (RFC 6266)."""
        async with self.session.get(self.address(url)) as response:
            response.raise_for_status()
            parsed = Message()
            parsed["Content-Disposition"] = response.headers.get("Content-Disposition", "inline")
            return parsed.get_content_disposition(), parsed.get_filename()

    def address(self, url: str) -> URL:
        """Return where a URL of the storage leads, without re-encoding what is signed."""
        return URL(urljoin(self.base_url, url), encoded=True)


def some_bytes(size: int, seed: str = "") -> bytes:
    """Return the same `size` bytes for the same seed; no part of them repeats."""
    return hashlib.shake_128(seed.encode()).digest(size)


def sha256_of(content: bytes) -> str:
    """Return the checksum that a sender declares of these bytes."""
    return encoded(hashlib.sha256(content).digest())


def in_ten_minutes() -> int:
    """Return a Unix time to sign for."""
    return int(time.time()) + 600


class Sender:
    """An upload of two whole parts and a shorter one, as the browser sends it."""

    def __init__(self, storage: Storage, http: StorageHttp, target: UploadTarget) -> None:
        self.storage, self.http, self.target = storage, http, target
        self.content = some_bytes(target.size)

    def part(self, number: int) -> bytes:
        """Return the bytes of one part."""
        start = (number - 1) * self.target.part_size
        return self.content[start : start + self.target.part_length(number)]

    async def sign(self, number: int, *, declared: bool = False) -> PartRequest:
        """Return the request for one part, for its very bytes if they are to be `declared`."""
        sha256 = sha256_of(self.part(number)) if declared else None
        return await self.storage.sign_part(self.target, number, expires_at=in_ten_minutes(), sha256=sha256)

    async def send(self, *numbers: int, declared: bool = False) -> None:
        """Send these parts, one after another; all must be taken."""
        for number in numbers:
            status = await self.http.send(await self.sign(number, declared=declared), self.part(number))
            assert status in (200, 201, 204), f"part {number} was answered with {status}"

    async def received(self) -> list[int]:
        """Return the numbers of the whole parts."""
        return [part.number for part in await self.storage.list_parts(self.target)]


async def content_of(storage: Storage, key: StorageKey, *, start: int = 0, end: int | None = None) -> bytes:
    """Return what `read` yields, in one piece."""
    return b"".join([chunk async for chunk in storage.read(key, start=start, end=end)])


async def keys_below(storage: Storage, prefix: StorageKey) -> set[str]:
    """Return what `list` yields, as keys."""
    return {str(found.key) async for found in storage.list(prefix)}
