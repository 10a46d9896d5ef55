"""Requests exactly as they are written: client libraries tidy paths and headers up before they send them."""

import asyncio
import ssl

from yarl import URL

from core.testing.sites import Answer


async def get(site: str, target: str, *, tls: ssl.SSLContext | None = None, **headers: str) -> Answer:
    """GET a target, byte for byte, on a connection of its own; `x_host="a"` becomes `X-Host: a`."""
    url = URL(site)
    sent = {"host": url.authority, "connection": "close", **headers}
    lines = [f"{name.replace('_', '-').title()}: {value}" for name, value in sent.items()]
    reader, writer = await asyncio.open_connection(url.host, url.port, ssl=tls)
    try:
        writer.write("\r\n".join([f"GET {target} HTTP/1.1", *lines, "", ""]).encode())
        async with asyncio.timeout(30):
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    finally:
        writer.close()
        await writer.wait_closed()
    status, *rest = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(": ") for line in rest)
    return Answer(int(status.split()[1]), {name: value for name, _, value in pairs}, body, {})
