"""A bare connection, for what no client library sends: cut, stalled, chunked and malformed requests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from yarl import URL

from core.testing.storage import StorageHttp


@dataclass(frozen=True)
class Answer:
    """What came back; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Wire:
    """One connection to the site."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, raw: bytes) -> None:
        self._writer.write(raw)
        await self._writer.drain()

    async def request(self, method: str, target: str, **headers: str | int) -> None:
        """Send a request line and headers; `content_length=5` becomes `Content-Length: 5`."""
        lines = [f"{method} {target} HTTP/1.1", "Host: test", "Connection: close"]
        lines += [f"{name.replace('_', '-').title()}: {value}" for name, value in headers.items()]
        await self.send("\r\n".join([*lines, "", ""]).encode("latin-1"))

    async def answer(self, *, has_body: bool = True) -> Answer:
        """Read one answer."""
        async with asyncio.timeout(30):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            pairs = (line.split(": ", 1) for line in head[1:] if line)
            headers = {name.lower(): value for name, value in pairs}
            length = int(headers.get("content-length", 0)) if has_body else 0
            return Answer(int(head[0].split()[1]), headers, await self._reader.readexactly(length))

    async def is_closed(self) -> bool:
        """Wait for the other side to close."""
        async with asyncio.timeout(30):
            return await self._reader.read() == b""

    def cut(self) -> None:
        """Close without a word."""
        self._writer.transport.abort()


@asynccontextmanager
async def wire_to(http: StorageHttp) -> AsyncIterator[Wire]:
    """Open a connection to the site and close it afterwards."""
    reader, writer = await asyncio.open_connection("127.0.0.1", URL(http.base_url).port)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()


async def ask(http: StorageHttp, method: str, target: str, **headers: str | int) -> Answer:
    """Send a request without a body, byte for byte as given, and return the answer."""
    async with wire_to(http) as wire:
        await wire.request(method, target, **headers)
        return await wire.answer(has_body=method != "HEAD")
