"""Two doors: a signed part comes in, an object goes out."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from aiohttp import hdrs, web

from core.api import (
    SIGNED_URL,
    BadSignature,
    ObjectMissing,
    Problem,
    Route,
    Services,
    StorageFull,
    StorageKey,
    attachment,
    content_type_of,
    not_found,
)
from plugins.storage_disk.body import BodyCut, SenderTooSlow, held_back, pour
from plugins.storage_disk.durable import in_thread
from plugins.storage_disk.links import MalformedLink, ReadLink
from plugins.storage_disk.settings import DiskSettings
from plugins.storage_disk.storage import DiskStorage
from plugins.storage_disk.writer import PartBusy, PartChanged, UploadClosed, WrongLength

_OPAQUE = "application/octet-stream"
_CLOSING = {"Connection": "close"}
"""Of answers to a part: its body was not read by aiohttp, which cannot find what follows it."""


class MediaViews:
    """The handlers. The storage keeps its state on disk, so these have one of their own on the same root."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._patience = services.settings.plugin("storage_disk", DiskSettings)
        self._storage = DiskStorage(services.settings, services.signer)
        self._senders = Counter[str]()

    async def receive_part(self, request: web.Request) -> web.StreamResponse:
        """Take one part in exactly the length, and with the checksum, of its link; it is durable when this answers."""
        upload_id, number = request.match_info["upload_id"], int(request.match_info["number"])
        with _link_problems():
            link = self._storage.links.check_part(upload_id, number, request.rel_url.raw_query_string)
        _require_length(request, link.length)
        writer = self._storage.ledger.writer(upload_id, number, link.sha256)
        with self._slot(upload_id), _part_problems(), held_back(request):
            try:
                await in_thread(writer.open)
                await pour(request, link.length, writer.write, self._patience)
                digest = await in_thread(writer.commit)
            finally:
                await in_thread(writer.close)
        headers = {hdrs.ETAG: f'"{digest}"', hdrs.CACHE_CONTROL: "no-store", **_CLOSING}
        return web.Response(headers=headers)

    @contextmanager
    def _slot(self, upload_id: str) -> Iterator[None]:
        """Raise Problem 429 when too many parts of the upload are on their way: each takes up to 2 MiB of memory."""
        if self._senders[upload_id] >= self._patience.part_senders:
            many = (
                f"At most {self._patience.part_senders} parts of a file can be sent at the same time. Try again soon."
            )
            raise Problem(429, "too_many_parts", many, headers={"Retry-After": "1"})
        self._senders[upload_id] += 1
        try:
            yield
        finally:
            self._senders[upload_id] -= 1
            if not self._senders[upload_id]:
                del self._senders[upload_id]

    async def send_object(self, request: web.Request) -> web.StreamResponse:
        """Answer with an object, or the range of it that was asked for, if the core lets this link read it."""
        try:
            key = StorageKey(request.match_info["key"])
        except ValueError:
            raise not_found() from None
        with _link_problems():
            link = self._storage.links.check_object(key, request.rel_url.raw_query_string)
        if not await self._services.gate.may_read(key, link.grant):
            raise not_found()
        if await self._storage.stat(key) is None:
            raise not_found()
        return ObjectResponse(self._storage.objects.path(key), headers=_headers(key, link))


class ObjectResponse(web.FileResponse):
    """A file; aiohttp turns it into a 404, 412 or 416 when it is too late to choose other headers."""

    def set_status(self, status: int, reason: str | None = None) -> None:
        super().set_status(status, reason)
        if status >= HTTPStatus.BAD_REQUEST:
            self.headers[hdrs.CACHE_CONTROL] = "no-store"


def media_routes(services: Services) -> list[Route]:
    """Return the routes of parts and objects; whoever holds a link may use it, the gate decides about plain ones."""
    views = MediaViews(services)
    part = "/media/uploads/{upload_id:[0-9a-f]{32}}/{number:[1-9][0-9]{0,4}}"
    item = "/media/{key:[a-z0-9_-][a-z0-9_.-]*(/[a-z0-9_-][a-z0-9_.-]*)*}"
    return [
        Route("PUT", part, views.receive_part, SIGNED_URL, "storage_disk.part", streams=True),
        Route("GET", item, views.send_object, SIGNED_URL, "storage_disk.object", streams=True),
    ]


def _require_length(request: web.Request, length: int) -> None:
    """Raise Problem 411, 413 or 400 before a byte of the body is read."""
    if request.content_length is None:
        raise Problem(411, "length_required", f"Send Content-Length: {length}.")
    if request.content_length > length:
        raise Problem(413, "part_too_long", f"This part has {length} bytes; send these and no more.")
    if request.content_length < length:
        raise Problem(400, "part_too_short", f"This part has {length} bytes; send all of them.")


def _headers(key: StorageKey, link: ReadLink) -> dict[str, str]:
    """Cached for ever when public, because a key never changes its content, else for as long as the grant lasts."""
    left = max(0, link.grant.expires_at - int(time.time())) if link.grant else 0
    headers = {
        hdrs.CACHE_CONTROL: f"private, max-age={left}" if link.grant else "public, max-age=31536000, immutable",
        hdrs.CONTENT_TYPE: content_type_of(key),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    if link.file_name:
        return headers | {hdrs.CONTENT_DISPOSITION: attachment(link.file_name)}
    # What is not ours, such as an original, is downloaded and never shown.
    return headers | ({hdrs.CONTENT_DISPOSITION: "attachment"} if headers[hdrs.CONTENT_TYPE] == _OPAQUE else {})


@contextmanager
def _link_problems() -> Iterator[None]:
    """Answer alike whether the upload or object exists: the link is judged before anything is looked up."""
    try:
        yield
    except MalformedLink:
        raise Problem(400, "malformed_link", "This link is not complete. Use it exactly as it was given.") from None
    except BadSignature:
        raise Problem(403, "link_refused", "This link is not valid or has expired. Ask for a new one.") from None


@contextmanager
def _part_problems() -> Iterator[None]:
    """Say what became of a part; whatever is raised, the part is absent."""
    try:
        yield
    except ObjectMissing:
        raise not_found() from None
    except UploadClosed:
        raise Problem(409, "upload_closed", "This upload is complete; nothing more can be sent to it.") from None
    except PartBusy:
        busy = "This part is being sent already. Try again in a moment."
        raise Problem(409, "part_busy", busy, headers={"Retry-After": "2"}) from None
    except PartChanged:
        changed = "The bytes of this part are not those that were announced: they changed on the way. Send it again."
        raise Problem(400, "part_changed", changed, headers=_CLOSING) from None
    except (WrongLength, BodyCut):
        cut = "The part did not arrive whole. Send it again."
        raise Problem(400, "part_incomplete", cut, headers=_CLOSING) from None
    except SenderTooSlow:
        slow = "The part came too slowly. Send it again on a better connection."
        raise Problem(408, "part_too_slow", slow, headers=_CLOSING) from None
    except StorageFull:
        full = "The site has no space left. Nothing of this part was kept; try again later."
        raise Problem(507, "storage_full", full, headers={"Retry-After": "60", **_CLOSING}) from None
