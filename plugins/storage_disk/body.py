"""Read a request's body in large batches, from senders that neither stall nor trickle."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from aiohttp import StreamReader, web
from aiohttp.http_exceptions import PayloadEncodingError

from plugins.storage_disk.settings import DiskSettings

_BATCH = 1024**2


class SenderTooSlow(Exception):
    """Nothing came for too long, or too little since the beginning."""


class BodyCut(Exception):
    """The connection ended before the body did."""


async def batches(content: StreamReader, patience: DiskSettings) -> AsyncGenerator[bytearray, None]:
    """Yield the body in pieces of about 1 MiB. Raises SenderTooSlow or BodyCut."""
    batch = bytearray()
    async for piece in _pieces(content, patience):
        batch += piece
        if len(batch) >= _BATCH:
            yield batch
            batch = bytearray()
    if batch:
        yield batch


async def _pieces(content: StreamReader, patience: DiskSettings) -> AsyncIterator[bytes]:
    clock = asyncio.get_running_loop().time
    received, waited = 0, 0.0
    while True:
        asked = clock()
        piece = await _next(content, patience.part_idle_seconds)
        # Only the time spent on the sender counts, not what our disk takes between two pieces.
        waited += clock() - asked
        received += len(piece)
        if not piece:
            return
        if waited > patience.part_grace_seconds and received < patience.part_min_rate * waited:
            raise SenderTooSlow
        yield piece


async def _next(content: StreamReader, seconds: float) -> bytes:
    """Return what has come, or empty bytes at the end."""
    try:
        async with asyncio.timeout(seconds):
            return await content.readany()
    except TimeoutError:
        raise SenderTooSlow from None
    except (OSError, web.RequestPayloadError, PayloadEncodingError) as error:
        raise BodyCut from error
