"""A whole site on files, whose doors are knocked at byte by byte: what the U-rows of the threat model are tried on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from yarl import URL

from core.testing.sites import Browser, Site
from tests.core.videos.uploading import CONTENT, LIMITS, PART
from tests.fakes import transcoder_instant
from tests.plugins.storage_disk.wire import Answer, Wire

PLUGINS = {"storage_disk": None, "transcoder_instant": transcoder_instant}
SETTINGS: dict[str, Any] = {"uploads": LIMITS, "storage_disk": {"min_free_bytes": 0}}
FIRST = CONTENT[:PART]
"""The bytes of the first part of an upload of `CONTENT`."""


@asynccontextmanager
async def wire_to(site: Site) -> AsyncIterator[Wire]:
    """Open a bare connection and close it afterwards."""
    reader, writer = await asyncio.open_connection("127.0.0.1", URL(site.url).port)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()


async def ask(site: Site, method: str, target: str, body: bytes = b"", **headers: str | int) -> Answer:
    """Send a request byte for byte as given, and return the answer."""
    async with wire_to(site) as wire:
        await wire.request(method, target, **{"content_length": len(body), **headers})
        await wire.send(body)
        return await wire.answer(has_body=method != "HEAD")


async def link_of(browser: Browser, upload: dict[str, Any], number: int = 1) -> str:
    """Return the path and query that take one part."""
    signed = await browser.api("POST", f"/uploads/{upload['id']}/sign", {"parts": [number]})
    assert signed.status == 200, signed.text
    return str(signed.json["parts"][0]["url"])


async def received(browser: Browser, upload: dict[str, Any]) -> list[int]:
    """Return the numbers of the parts that have arrived."""
    shown = await browser.api("GET", f"/uploads/{upload['id']}")
    return [part["number"] for part in shown.json["received"]]


def parts_on_disk(site: Site) -> list[Path]:
    """Return every file of every upload that is not complete."""
    below = site.services.settings.data_dir / "media" / ".uploads"
    return sorted(path for path in below.rglob("*") if path.is_file())
