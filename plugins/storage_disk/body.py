"""Takes a request's body from its socket to where it is kept, from senders that neither stall nor trickle.

Past aiohttp, which would hand it over in small pieces, each copied three times on the way: on a fast line that is most
of the work. What it has not read by the time it calls the handler, threads read here, in large pieces. It cannot know
then where a next request would begin, so the connection has to end with the answer.
"""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from aiohttp import StreamReader, web
from aiohttp.http_exceptions import PayloadEncodingError

from plugins.storage_disk.durable import in_thread
from plugins.storage_disk.settings import DiskSettings

if TYPE_CHECKING:
    from asyncio.trsock import TransportSocket

_PIECE = 1024**2
_TURN = 8 * _PIECE
"""Bytes after which a thread goes to whoever else waits for one."""
_MOMENT = 0.005
"""Seconds for which a thread waits for a whole piece; who is slower than that is waited for by the event loop."""
_REST = 0.1
"""Seconds for which the event loop waits for a whole piece before it lets a thread fetch what there is of it."""

Sink = Callable[[memoryview], None]
"""Keeps a piece of the body before it returns; called in a thread, with one piece after another."""


class SenderTooSlow(Exception):
    """Nothing came for too long, or too little since the beginning."""


class BodyCut(Exception):
    """The connection ended before the body did."""


@contextmanager
def held_back(request: web.Request) -> Iterator[None]:
    """Leave the body in the socket, where `pour` finds it, as soon as the handler begins: aiohttp reads ahead."""
    transport = _transport_of(request)
    transport.pause_reading()
    try:
        yield
    finally:
        if not transport.is_closing():
            transport.resume_reading()


async def pour(request: web.Request, length: int, sink: Sink, patience: DiskSettings) -> None:
    """Feed a body that is `held_back`, and has `length` bytes, to `sink`.

    The connection ends with the answer, which should say so. Raises SenderTooSlow, BodyCut, and what `sink` raises.
    """
    transport = _transport_of(request)
    # In one step of the event loop, so that nothing comes between: taking what is buffered may start reading again.
    begun = _buffered(request.content)
    transport.pause_reading()
    if begun:
        await in_thread(sink, memoryview(begun))
    if len(begun) < length:
        request.protocol.close()  # once this request is answered
        with _socket_of(transport) as source:
            await _drain(source, length - len(begun), sink, patience)
        request.content.feed_eof()


def _transport_of(request: web.Request) -> asyncio.Transport:
    if not isinstance(request.transport, asyncio.Transport):
        raise BodyCut
    if request.transport.get_extra_info("sslcontext") is not None:
        raise RuntimeError("storage_disk reads parts from plain sockets: let a proxy in front of the site do the TLS.")
    return request.transport


def _buffered(content: StreamReader) -> bytes:
    try:
        return content.read_nowait()
    except (OSError, web.RequestPayloadError, PayloadEncodingError) as error:
        raise BodyCut from error


@contextmanager
def _socket_of(transport: asyncio.Transport) -> Iterator[socket.socket]:
    shared: TransportSocket = transport.get_extra_info("socket")
    with shared.dup() as own:
        own.settimeout(_MOMENT)
        try:
            yield own
        finally:
            _wake_at(own, 1)


def _wake_at(source: socket.socket, count: int) -> None:
    """Let the kernel call the socket readable when so many bytes are there, or it ends: every wake-up costs."""
    source.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, count)


async def _drain(source: socket.socket, rest: int, sink: Sink, patience: DiskSettings) -> None:
    clock = asyncio.get_running_loop().time
    buffer = memoryview(bytearray(min(rest, _PIECE)))
    received, waited = 0, 0.0
    while received < rest:
        asked = clock()
        await _some_of(source, min(rest - received, _PIECE), patience.part_idle_seconds)
        # Only the time spent on the sender counts, not what our disk takes between two pieces.
        waited += clock() - asked
        received += await in_thread(_take, source, buffer, min(rest - received, _TURN), sink)
        if waited > patience.part_grace_seconds and received < min(rest, patience.part_min_rate * waited):
            raise SenderTooSlow


async def _some_of(source: socket.socket, piece: int, seconds: float) -> None:
    """Wait for a whole piece, but not for long; then for a byte."""
    with suppress(TimeoutError):
        return await _readable(source, piece, _REST)
    try:
        await _readable(source, 1, seconds)
    except TimeoutError:
        raise SenderTooSlow from None


async def _readable(source: socket.socket, count: int, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    _wake_at(source, count)
    loop.add_reader(source, ready.set)
    try:
        async with asyncio.timeout(seconds):
            await ready.wait()
    finally:
        loop.remove_reader(source)


def _take(source: socket.socket, buffer: memoryview, most: int, sink: Sink) -> int:
    """Pass on what is there, and whole pieces that follow without a pause; return how many bytes that were."""
    taken = 0
    while taken < most:
        piece = buffer[: most - taken]
        if taken:
            _wake_at(source, len(piece))
        count = _received(source, piece)
        if count:
            sink(piece[:count])
        taken += count
        if count < len(piece):
            break
    return taken


def _received(source: socket.socket, piece: memoryview) -> int:
    """Return how many bytes came within a moment. Raises BodyCut."""
    try:
        count = source.recv_into(piece)
    except TimeoutError:
        return 0
    except OSError as error:
        raise BodyCut from error
    if not count:
        raise BodyCut
    return count
