"""Read a request's body in large batches, from senders that neither stall nor trickle."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from aiohttp import StreamReader, web
from aiohttp.http_exceptions import PayloadEncodingError

from plugins.storage_disk.settings import DiskSettings

_BATCH = 1024**2
_MOST_PIECES = 1024  # IOV_MAX: what the system writes at once


class SenderTooSlow(Exception):
    """Nothing came for too long, or too little since the beginning."""


class BodyCut(Exception):
    """The connection ended before the body did."""


async def batches(content: StreamReader, patience: DiskSettings) -> AsyncGenerator[list[bytes], None]:
    """Yield the body in batches of about 1 MiB, as the pieces that came. Raises SenderTooSlow or BodyCut.

    Not in one piece: copying them together here would cost the event loop a third of its time.
    """
    batch, size = list[bytes](), 0
    async for piece in _pieces(content, patience):
        batch.append(piece)
        size += len(piece)
        if size >= _BATCH or len(batch) == _MOST_PIECES:
            yield batch
            batch, size = [], 0
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
            piece, _ = await content.readchunk()
            return piece
    except TimeoutError:
        raise SenderTooSlow from None
    except (OSError, web.RequestPayloadError, PayloadEncodingError) as error:
        raise BodyCut from error
