"""Takes a request's body from its socket to where it is kept, from senders that neither stall nor trickle.

Past aiohttp, which would hand it over in small pieces, each copied three times on the way: on a fast line that is most
of the work. What it has not read by the time it calls the handler, threads read here, in large pieces. It cannot know
then where a next request would begin, so the connection has to end with the answer.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from aiohttp import StreamReader, web
from aiohttp.http_exceptions import PayloadEncodingError

from plugins.storage_disk.durable import in_thread
from plugins.storage_disk.settings import DiskSettings

if TYPE_CHECKING:
    from asyncio.trsock import TransportSocket

_PIECE = 1024**2
_TURN = 4 * _PIECE
"""Bytes after which a thread goes to whoever else waits for one."""
_MOMENT = 0.005
"""Seconds for which a thread waits for more before it lets the event loop wait."""

Sink = Callable[[memoryview], None]
"""Keeps a piece of the body before it returns; called in a thread, with one piece after another."""


class SenderTooSlow(Exception):
    """Nothing came for too long, or too little since the beginning."""


class BodyCut(Exception):
    """The connection ended before the body did."""


async def pour(request: web.Request, length: int, sink: Sink, patience: DiskSettings) -> None:
    """Feed the body, which has `length` bytes, to `sink`. The connection ends with the answer, which should say so.

    Raises SenderTooSlow, BodyCut, and what `sink` raises.
    """
    transport = request.transport
    if not isinstance(transport, asyncio.Transport):
        raise BodyCut
    if transport.get_extra_info("sslcontext") is not None:
        raise RuntimeError("storage_disk reads parts from plain sockets: let a proxy in front of the site do the TLS.")
    # In one step of the event loop, so that nothing comes between: taking what is buffered may start reading again.
    begun = _buffered(request.content)
    transport.pause_reading()
    try:
        await in_thread(sink, memoryview(begun))
        if len(begun) < length:
            request.protocol.close()  # once this request is answered
            with _socket_of(transport) as source:
                await _drain(source, length - len(begun), sink, patience)
            request.content.feed_eof()
    finally:
        if not transport.is_closing():
            transport.resume_reading()


def _buffered(content: StreamReader) -> bytes:
    try:
        return content.read_nowait()
    except (OSError, web.RequestPayloadError, PayloadEncodingError) as error:
        raise BodyCut from error


def _socket_of(transport: asyncio.Transport) -> socket.socket:
    shared: TransportSocket = transport.get_extra_info("socket")
    own = shared.dup()
    own.settimeout(_MOMENT)
    return own


async def _drain(source: socket.socket, rest: int, sink: Sink, patience: DiskSettings) -> None:
    clock = asyncio.get_running_loop().time
    buffer = memoryview(bytearray(min(rest, _PIECE)))
    received, waited = 0, 0.0
    while received < rest:
        asked = clock()
        await _readable(source, patience.part_idle_seconds)
        # Only the time spent on the sender counts, not what our disk takes between two pieces.
        waited += clock() - asked
        received += await in_thread(_take, source, buffer, min(rest - received, _TURN), sink)
        if waited > patience.part_grace_seconds and received < patience.part_min_rate * waited:
            raise SenderTooSlow


async def _readable(source: socket.socket, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(source, ready.set)
    try:
        async with asyncio.timeout(seconds):
            await ready.wait()
    except TimeoutError:
        raise SenderTooSlow from None
    finally:
        loop.remove_reader(source)


def _take(source: socket.socket, buffer: memoryview, most: int, sink: Sink) -> int:
    """Pass on what is there and what follows without a pause, and return how many bytes that were."""
    taken = 0
    while taken < most:
        piece = buffer[: most - taken]
        filled = _fill(source, piece)
        if filled:
            sink(piece[:filled])
        taken += filled
        if filled < len(piece):
            break
    return taken


def _fill(source: socket.socket, piece: memoryview) -> int:
    filled = 0
    while filled < len(piece):
        try:
            count = source.recv_into(piece[filled:])
        except TimeoutError:
            break
        except OSError as error:
            raise BodyCut from error
        if not count:
            raise BodyCut
        filled += count
    return filled
