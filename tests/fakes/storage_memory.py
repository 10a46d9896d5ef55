"""A storage in memory, as a plugin: nothing survives the process, everything else is as the contract says."""

import asyncio
import re
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from aiohttp import web

from core.api import (
    SIGNED_URL,
    BadSignature,
    ObjectMissing,
    Part,
    PartRequest,
    Problem,
    ReadGrant,
    Route,
    Services,
    Signer,
    Storage,
    StorageKey,
    StoredObject,
    UploadTarget,
    content_type_of,
    hookimpl,
    not_found,
)

_LIFE = 7 * 86400


class MemoryStorage:
    """A `Storage` that a test can look into."""

    name = "storage_memory"
    minimum_part_size = 1
    browser_origins: Sequence[str] = ()

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[str, dict[int, bytes]] = {}

    async def open_upload(self, key: StorageKey, *, size: int, part_size: int, content_type: str) -> UploadTarget:
        target = UploadTarget(key, secrets.token_hex(16), size, part_size)
        self.uploads[target.upload_id] = {}
        return target

    async def sign_part(self, target: UploadTarget, number: int, *, expires_at: int) -> PartRequest:
        path = f"/media/uploads/{target.upload_id}/{number}/{target.part_length(number)}"
        return PartRequest(f"{path}?t={self._signer.token('upload-part', {'path': path}, expires_at=expires_at)}")

    async def list_parts(self, target: UploadTarget) -> list[Part]:
        parts = self._parts(target.upload_id)
        return [Part(number, len(parts[number])) for number in sorted(parts)]

    async def complete_upload(self, target: UploadTarget) -> StoredObject:
        if target.upload_id in self.uploads or target.key not in self.objects:
            target.require_whole(await self.list_parts(target))
            parts = self.uploads.pop(target.upload_id)
            self.objects[target.key] = b"".join(parts[number] for number in sorted(parts))
        return StoredObject(target.key, target.size)

    async def abort_upload(self, target: UploadTarget) -> None:
        self.uploads.pop(target.upload_id, None)

    async def put_file(self, key: StorageKey, source: Path, *, content_type: str) -> StoredObject:
        self.objects[key] = await asyncio.to_thread(source.read_bytes)
        return StoredObject(key, len(self.objects[key]))

    async def read(self, key: StorageKey, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        if content := self._content(key)[start:end]:
            yield content

    @asynccontextmanager
    async def local_copy(self, key: StorageKey) -> AsyncIterator[Path]:
        content = self._content(key)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "object"
            path.write_bytes(content)
            yield path

    async def stat(self, key: StorageKey) -> StoredObject | None:
        return StoredObject(key, len(self.objects[key])) if key in self.objects else None

    async def list(self, prefix: StorageKey) -> AsyncIterator[StoredObject]:
        for key in sorted(self.objects):
            if key.startswith(f"{prefix}/"):
                yield StoredObject(StorageKey(key), len(self.objects[key]))

    async def delete(self, keys: Sequence[StorageKey]) -> None:
        for key in keys:
            self.objects.pop(key, None)

    def url(self, key: StorageKey, grant: ReadGrant | None) -> str:
        if grant is None:
            return f"/media/{key}"
        if not grant.covers(key):
            raise ValueError(f"a grant for {grant.prefix} does not cover {key}")
        token = self._signer.token("read", _fields(grant.prefix, grant.subject), expires_at=grant.expires_at)
        return f"/media/{key}?t={token}&v={grant.subject}&p={grant.prefix}"

    def check_part(self, path: str, query: str) -> None:
        """Raise BadSignature unless the query signs the path."""
        self._signer.check("upload-part", {"path": path}, query.removeprefix("t="), max_lifetime=_LIFE)

    def check_object(self, key: StorageKey, query: str) -> ReadGrant | None:
        """Return the grant of a query, None without one. Raises BadSignature."""
        if not query:
            return None
        match = re.fullmatch(r"t=([\w.-]+)&v=([\w.~-]+)&p=([a-z0-9_./-]+)", query)
        if not match:
            raise BadSignature("malformed")
        token, subject, prefix = match.groups()
        expires_at = self._signer.check("read", _fields(prefix, subject), token, max_lifetime=_LIFE)
        grant = ReadGrant(StorageKey(prefix), subject, expires_at)
        if not grant.covers(key):
            raise BadSignature("granted for something else")
        return grant

    def _content(self, key: StorageKey) -> bytes:
        if key not in self.objects:
            raise ObjectMissing(f"there is no object {key} in memory")
        return self.objects[key]

    def _parts(self, upload_id: str) -> dict[int, bytes]:
        if upload_id not in self.uploads:
            raise ObjectMissing(f"there is no upload {upload_id} in memory")
        return self.uploads[upload_id]


def _fields(prefix: str, subject: str) -> dict[str, str | int]:
    return {"prefix": prefix, "subject": subject}


@asynccontextmanager
async def open_memory(signer: Signer) -> AsyncIterator[MemoryStorage]:
    """Provide an empty storage."""
    yield MemoryStorage(signer)


class MemoryViews:
    """The routes of a memory storage, which has to be the site's."""

    def __init__(self, services: Services) -> None:
        if not isinstance(services.storage, MemoryStorage):
            raise TypeError(f"the storage is {services.storage.name}; these routes belong to storage_memory")
        self._gate, self._storage = services.gate, services.storage

    async def receive_part(self, request: web.Request) -> web.StreamResponse:
        try:
            self._storage.check_part(request.path, request.rel_url.raw_query_string)
        except BadSignature:
            raise Problem(403, "link_refused", "This link is not valid or has expired.") from None
        parts = self._storage.uploads.get(request.match_info["upload_id"])
        if parts is None:
            raise not_found()
        content = b"".join([chunk async for chunk in request.content.iter_any()])
        if len(content) != int(request.match_info["length"]):
            raise Problem(400, "part_incomplete", "The part has another length than declared.")
        parts[int(request.match_info["number"])] = content
        return web.Response()

    async def send_object(self, request: web.Request) -> web.StreamResponse:
        try:
            key = StorageKey(request.match_info["key"])
        except ValueError:
            raise not_found() from None
        try:
            grant = self._storage.check_object(key, request.rel_url.raw_query_string)
        except BadSignature:
            raise Problem(403, "link_refused", "This link is not valid or has expired.") from None
        content = self._storage.objects.get(key)
        if content is None or not await self._gate.may_read(key, grant):
            raise not_found()
        return _ranged(request, content, content_type_of(key))


def _ranged(request: web.Request, content: bytes, content_type: str) -> web.Response:
    """Answer with the one range that was asked for, or with everything; what is not media is downloaded."""
    headers = {"Content-Type": content_type, "Accept-Ranges": "bytes"}
    if content_type == "application/octet-stream":
        headers["Content-Disposition"] = "attachment"
    if "Range" not in request.headers:
        return web.Response(body=content, headers=headers)
    start, end, _ = request.http_range.indices(len(content))
    if start >= end:
        raise Problem(416, "no_such_range", f"This object has {len(content)} bytes.")
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(content)}"
    return web.Response(status=206, body=content[start:end], headers=headers)


@hookimpl
def storage(signer: Signer) -> AbstractAsyncContextManager[Storage]:
    return open_memory(signer)


@hookimpl
def routes(services: Services) -> Iterable[Route]:
    views = MemoryViews(services)
    part = r"/media/uploads/{upload_id:[0-9a-f]{32}}/{number:[0-9]{1,5}}/{length:[0-9]{1,15}}"
    item = "/media/{key:[a-z0-9_-][a-z0-9_.-]*(/[a-z0-9_-][a-z0-9_.-]*)*}"
    return [
        Route("PUT", part, views.receive_part, SIGNED_URL, "storage_memory.part", streams=True),
        Route("GET", item, views.send_object, SIGNED_URL, "storage_memory.object", streams=True),
    ]
