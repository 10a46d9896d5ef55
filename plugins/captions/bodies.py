"""Reads files of captions, which are larger than other bodies may be, and the form that carries one."""

from collections.abc import AsyncIterator

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError
from pydantic import ValidationError

from core.api import Form, Problem, field_errors
from plugins.captions.parsing import MAX_BYTES, too_large
from plugins.captions.tracks import TrackFields

_FILE = "file"
_FIELDS = ("language", "label")
_MAX_FIELD = 1000  # bytes
_MALFORMED = Problem(400, "malformed", "The form could not be read.")


async def read_file(pieces: AsyncIterator[bytes]) -> bytes:
    """Return what comes. Raises Problem 413 as soon as it is too much."""
    return await _read(pieces, MAX_BYTES, too_large())


async def read_caption_form(request: web.Request) -> tuple[Form[TrackFields], bytes]:
    """Return the fields with their errors, and the file. Raises Problem 400, 413, 415 or 422."""
    if request.content_type != "multipart/form-data":
        raise Problem(415, "unsupported_media_type", "Send the form as the page does.")
    try:
        raw, content = await _parts(request)
    except (ValueError, LookupError, RuntimeError, HttpProcessingError):
        # aiohttp's words for a missing boundary, an unknown encoding, and broken part headers.
        raise _MALFORMED from None
    errors = {} if content else {_FILE: "Choose a file."}
    try:
        fields = TrackFields.model_validate(raw)
    except ValidationError as error:
        return Form(None, field_errors(error) | errors, raw), content
    return Form(None if errors else fields, errors, raw), content


async def _parts(request: web.Request) -> tuple[dict[str, str], bytes]:
    raw: dict[str, str] = {}
    content: bytes | None = None
    async for part in await request.multipart():
        name = part.name if isinstance(part, BodyPartReader) else None
        if isinstance(part, BodyPartReader) and name == _FILE and content is None:
            content = await read_file(_pieces(part))
        elif isinstance(part, BodyPartReader) and name in _FIELDS and name not in raw:
            raw[name] = (await _read(_pieces(part), _MAX_FIELD, _MALFORMED)).decode("utf-8")
        else:
            raise Problem(422, "invalid", "A field appears twice, or is not known here.")
    return raw, content or b""


async def _pieces(part: BodyPartReader) -> AsyncIterator[bytes]:
    while piece := await part.read_chunk():
        yield piece


async def _read(pieces: AsyncIterator[bytes], limit: int, excess: Problem) -> bytes:
    content = bytearray()
    async for piece in pieces:
        content += piece
        if len(content) > limit:
            raise excess
    return bytes(content)
