"""A storage in memory, as a plugin: nothing survives the process, everything else is as the contract says."""

import asyncio
import base64
import hashlib
import re
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from urllib.parse import quote, unquote

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from core.api import (
    SIGNED_URL,
    BadSignature,
    Finding,
    Level,
    ObjectMissing,
    Part,
    PartRequest,
    Problem,
    ReadGrant,
    Route,
    Services,
    Settings,
    Signer,
    Storage,
    StorageKey,
    StoredObject,
    UploadTarget,
    attachment,
    composite,
    content_type_of,
    hookimpl,
    not_found,
)

_LIFE = 7 * 86400


class MemoryStorage:
    """A `Storage` that a test can look into."""

    minimum_part_size = 1
    part_checksums = True
    asks_gate = True
    browser_origins: Sequence[str] = ()

    def __init__(self, signer: Signer, name: str = "storage_memory") -> None:
        self.name = name
        self._signer = signer
        self.objects: dict[str, bytes] = {}
        self.checksums: dict[str, str | None] = {}
        self.uploads: dict[str, dict[int, tuple[bytes, str | None]]] = {}

    async def open_upload(self, key: StorageKey, *, size: int, part_size: int, content_type: str) -> UploadTarget:
        target = UploadTarget(key, secrets.token_hex(16), size, part_size)
        self.uploads[target.upload_id] = {}
        return target

    async def sign_part(
        self, target: UploadTarget, number: int, *, expires_at: int, sha256: str | None = None
    ) -> PartRequest:
        path = f"/{self.name}/uploads/{target.upload_id}/{number}/{target.part_length(number)}"
        signed = {"path": path, "sha256": sha256 or ""}
        token = self._signer.token("upload-part", signed, expires_at=expires_at)
        return PartRequest(f"{path}?t={token}&sha256={quote(sha256 or '', safe='')}")

    async def list_parts(self, target: UploadTarget) -> list[Part]:
        parts = self._parts(target.upload_id)
        return [Part(number, len(parts[number][0]), parts[number][1]) for number in sorted(parts)]

    async def complete_upload(self, target: UploadTarget) -> StoredObject:
        if target.upload_id in self.uploads or target.key not in self.objects:
            parts = self._parts(target.upload_id)
            for number, (content, sha256) in list(parts.items()):
                if sha256 not in (None, sha256_of(content)):
                    del parts[number]
            target.require_whole(await self.list_parts(target))
            whole = [self.uploads[target.upload_id][number] for number in sorted(parts)]
            self.objects[target.key] = b"".join(content for content, _ in whole)
            declared = [sha256 for _, sha256 in whole if sha256]
            self.checksums[target.key] = composite(declared) if len(declared) == target.parts else None
            del self.uploads[target.upload_id]
        return StoredObject(target.key, target.size, self.checksums.get(target.key))

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

    def url(self, key: StorageKey, grant: ReadGrant | None, *, file_name: str | None = None) -> str:
        if grant is None:
            return f"/{self.name}/{key}"
        if not grant.covers(key):
            raise ValueError(f"a grant for {grant.prefix} does not cover {key}")
        fields = _fields(grant.prefix, grant.subject, name := quote(file_name or "", safe=""))
        token = self._signer.token("read", fields, expires_at=grant.expires_at)
        return f"/{self.name}/{key}?t={token}&v={grant.subject}&p={grant.prefix}&n={name}"

    async def check(self, base_url: str) -> Sequence[Finding]:
        return [Finding(Level.PASS, "memory", "it remembers until it is closed")]

    def check_part(self, path: str, query: str) -> str | None:
        """Return the checksum that the part must have, if any. Raises BadSignature unless the query signs the path."""
        token, _, sha256 = query.removeprefix("t=").partition("&sha256=")
        signed = {"path": path, "sha256": unquote(sha256)}
        self._signer.check("upload-part", signed, token, max_lifetime=_LIFE)
        return signed["sha256"] or None

    def check_object(self, key: StorageKey, query: str) -> ReadGrant | None:
        """Return the grant of a query, None without one. Raises BadSignature."""
        if not query:
            return None
        match = re.fullmatch(r"t=([\w.-]+)&v=([\w.~-]+)&p=([a-z0-9_./-]+)&n=([\w.~%-]*)", query)
        if not match:
            raise BadSignature("malformed")
        token, subject, prefix, name = match.groups()
        expires_at = self._signer.check("read", _fields(prefix, subject, name), token, max_lifetime=_LIFE)
        grant = ReadGrant(StorageKey(prefix), subject, expires_at)
        if not grant.covers(key):
            raise BadSignature("granted for something else")
        return grant

    def _content(self, key: StorageKey) -> bytes:
        if key not in self.objects:
            raise ObjectMissing(f"there is no object {key} in memory")
        return self.objects[key]

    def _parts(self, upload_id: str) -> dict[int, tuple[bytes, str | None]]:
        if upload_id not in self.uploads:
            raise ObjectMissing(f"there is no upload {upload_id} in memory")
        return self.uploads[upload_id]


def sha256_of(content: bytes) -> str:
    """Return what a sender declares of a part."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def _fields(prefix: str, subject: str, file_name: str) -> dict[str, str | int]:
    return {"prefix": prefix, "subject": subject, "file_name": file_name}


@asynccontextmanager
async def open_memory(signer: Signer, name: str = "storage_memory") -> AsyncIterator[MemoryStorage]:
    """Provide an empty storage."""
    yield MemoryStorage(signer, name)


class MemoryViews:
    """The routes of a memory storage of the site."""

    def __init__(self, services: Services, storage: MemoryStorage) -> None:
        self._gate, self._storage = services.gate, storage

    async def receive_part(self, request: web.Request) -> web.StreamResponse:
        try:
            sha256 = self._storage.check_part(request.path, request.rel_url.raw_query_string)
        except BadSignature:
            raise Problem(403, "link_refused", "This link is not valid or has expired.") from None
        parts = self._storage.uploads.get(request.match_info["upload_id"])
        if parts is None:
            raise not_found()
        content = b"".join([chunk async for chunk in request.content.iter_any()])
        if len(content) != int(request.match_info["length"]):
            raise Problem(400, "part_incomplete", "The part has another length than declared.")
        if sha256 not in (None, sha256_of(content)):
            raise Problem(400, "part_changed", "The bytes of the part are not those whose checksum was declared.")
        parts[int(request.match_info["number"])] = (content, sha256)
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
        return _ranged(request, content, content_type_of(key), request.query.get("n"))


def _ranged(request: web.Request, content: bytes, content_type: str, file_name: str | None) -> web.Response:
    """Answer with the one range that was asked for, or with everything; what is not media is downloaded."""
    headers = {"Content-Type": content_type, "Accept-Ranges": "bytes"}
    if content_type == "application/octet-stream":
        headers["Content-Disposition"] = attachment(file_name) if file_name else "attachment"
    if "Range" not in request.headers:
        return web.Response(body=content, headers=headers)
    start, end, _ = request.http_range.indices(len(content))
    if start >= end:
        raise Problem(416, "no_such_range", f"This object has {len(content)} bytes.")
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(content)}"
    return web.Response(status=206, body=content[start:end], headers=headers)


class MemorySettings(BaseModel):
    """The table [storage_memory]."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    also: tuple[str, ...] = Field((), description="Names of further memories.")


@hookimpl
def settings_model() -> type[MemorySettings]:
    return MemorySettings


@hookimpl
def storage(settings: Settings, signer: Signer) -> list[AbstractAsyncContextManager[Storage]]:
    also = settings.plugin("storage_memory", MemorySettings).also
    return [open_memory(signer), *(open_memory(signer, name) for name in also)]


@hookimpl
def routes(services: Services) -> Iterable[Route]:
    for name, storage in services.storages.items():
        if isinstance(storage, MemoryStorage):
            yield from _routes(name, MemoryViews(services, storage))


def _routes(name: str, views: MemoryViews) -> Iterable[Route]:
    part = rf"/{name}/uploads/{{upload_id:[0-9a-f]{{32}}}}/{{number:[0-9]{{1,5}}}}/{{length:[0-9]{{1,15}}}}"
    item = f"/{name}/{{key:[a-z0-9_-][a-z0-9_.-]*(/[a-z0-9_-][a-z0-9_.-]*)*}}"
    yield Route("PUT", part, views.receive_part, SIGNED_URL, f"{name}.part", streams=True)
    yield Route("GET", item, views.send_object, SIGNED_URL, f"{name}.object", streams=True)
