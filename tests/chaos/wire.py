"""A TCP proxy on which one connection breaks at a chosen byte: cut, silent for ever, or with a bit turned over."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum

_CHUNK = 65_536


class Way(StrEnum):
    """Where bytes go."""

    ASKED = "on the way to the server"
    ANSWERED = "on the way back"


class Break(StrEnum):
    """What becomes of the connection, or of the next byte."""

    CUT = "cut"
    SILENT = "silent"
    CHANGED = "changed"


@dataclass(slots=True)
class Trap:
    """Springs once, on the first byte after `left` more have gone that way on any connection; these still arrive."""

    way: Way
    left: int
    what: Break = Break.CUT
    also: Callable[[], None] = lambda: None
    """Called as it springs, before the connection breaks."""

    def whole(self, chunk: bytes) -> bytes:
        """Return what still passes of the chunk; when that is not all, the trap springs."""
        passing, self.left = chunk[: self.left], self.left - len(chunk)
        return passing


class Broken(ConnectionError):
    """The connection has come to its end, by order or by itself."""


@dataclass
class Wire:
    """Passes connections on to 127.0.0.1:`port`, which may be another one after a restart."""

    port: int = 0
    url: str = ""
    trap: Trap | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def carry(self, near: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until either end closes it, or a trap does."""
        self._open.add(writer)
        try:
            far, far_writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            writer.close()
            return
        self._open.add(far_writer)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass_on(near, far_writer, Way.ASKED))
                both.create_task(self._pass_on(far, writer, Way.ANSWERED))
        except* OSError:
            pass
        finally:
            # What was passed on still arrives: a close waits for it, an abort would not.
            writer.close()
            far_writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way) -> None:
        while chunk := await reader.read(_CHUNK):
            trap = self.trap
            if trap is None or trap.way is not way:
                writer.write(chunk)
            else:
                writer.write(trap.whole(chunk))
                if trap.left < 0:
                    self.trap = None
                    await self._spring(trap, chunk[trap.left :], reader, writer)
            await writer.drain()
        # HTTP knows no half of a connection: both directions end together.
        raise Broken

    async def _spring(
        self, trap: Trap, rest: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        trap.also()
        if trap.what is Break.CHANGED:
            writer.write(bytes([rest[0] ^ 1]) + rest[1:])
        elif trap.what is Break.CUT:
            raise Broken
        elif trap.what is Break.SILENT:
            while await reader.read(_CHUNK):
                pass

    def hang_up(self) -> None:
        """End every connection at once."""
        for writer in self._open:
            writer.transport.abort()


@asynccontextmanager
async def open_wire(port: int = 0) -> AsyncIterator[Wire]:
    """Listen on a free port for as long as the context is open."""
    wire = Wire(port)
    server = await asyncio.start_server(wire.carry, "127.0.0.1", 0)
    wire.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield wire
    finally:
        wire.hang_up()
        server.close()
        await server.wait_closed()
