"""U-19: a sender that stalls or trickles is cut off and leaves nothing.

Who stalls is cut after 20 s of silence. Who sends a byte now and then is never silent for that long, and is cut at the
first byte after the 30 s that show its rate. Times are 40 and 100 times shorter here, but for one test. How many parts
of an upload may be on their way at once, and that one more is refused with 429, is in
tests/plugins/storage_disk/test_parts.py.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from yarl import URL

from core.testing.sites import Browser, Site, open_site
from tests.core.videos.uploading import NEW
from tests.threats.on_disk import PLUGINS, ask, link_of, received, wire_to

PART = 65_536
HASTE = {"part_idle_seconds": 0.5, "part_grace_seconds": 0.3, "part_min_rate": 16 * 1024}
TWO_PARTS = {**NEW, "size": 2 * PART}


def impatience(**times: float) -> dict[str, Any]:
    return {"uploads": {"part_size": PART}, "storage_disk": {"min_free_bytes": 0, **times}}


@pytest.fixture
async def disk(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path / "data", PLUGINS, impatience(**HASTE)) as opened:
        yield opened


@pytest.fixture
async def upload(ada: Browser) -> dict[str, Any]:
    opened: dict[str, Any] = (await ada.api("POST", "/uploads", TWO_PARTS)).json
    return opened


async def assert_nothing_is_left(site: Site, browser: Browser, upload: dict[str, Any]) -> None:
    """The part is absent, nobody holds its place or a file, and it can be sent again at once."""
    assert await received(browser, upload) == []
    assert (await ask(site, "PUT", await link_of(browser, upload), bytes(PART))).status == 200
    below = str(site.services.settings.data_dir.resolve() / "media" / ".uploads")
    assert [file.path for file in psutil.Process().open_files() if file.path.startswith(below)] == []


async def test_u19_stalled_sender_is_cut_off(disk: Site, ada: Browser, upload: dict[str, Any]) -> None:
    started = time.monotonic()
    async with wire_to(disk) as wire:
        await wire.request("PUT", await link_of(ada, upload), content_length=PART)
        await wire.send(bytes(PART // 2))
        answer = await wire.answer()
    assert (answer.status, answer.headers["connection"]) == (408, "close")
    assert 0.5 <= time.monotonic() - started < 15
    await assert_nothing_is_left(disk, ada, upload)


async def test_u19_trickling_sender_is_cut_off(disk: Site, ada: Browser, upload: dict[str, Any]) -> None:
    started = time.monotonic()
    async with wire_to(disk) as wire:
        await wire.request("PUT", await link_of(ada, upload), content_length=PART)
        answered = asyncio.ensure_future(wire.answer())
        while not answered.done():
            await wire.send(b"x")
            await asyncio.wait([answered], timeout=0.1)
    assert answered.result().status == 408
    assert 0.3 <= time.monotonic() - started < 15
    await assert_nothing_is_left(disk, ada, upload)


async def test_u19_slow_sender_that_keeps_the_rate_is_served(disk: Site, ada: Browser, upload: dict[str, Any]) -> None:
    async with wire_to(disk) as wire:
        await wire.request("PUT", await link_of(ada, upload), content_length=PART)
        for _ in range(4):
            await wire.send(bytes(PART // 4))
            await asyncio.sleep(0.1)
        assert (await wire.answer()).status == 200
    assert await received(ada, upload) == [1]


@pytest.mark.slow
async def test_u19_stalled_connection_is_closed_within_25_seconds_as_the_site_comes(tmp_path: Path) -> None:
    async with open_site(tmp_path / "data", PLUGINS, impatience()) as site:
        ada = await site.browser(await site.user("ada"))
        upload = (await ada.api("POST", "/uploads", TWO_PARTS)).json
        link, started = await link_of(ada, upload), time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", URL(site.url).port)
        writer.write(f"PUT {link} HTTP/1.1\r\nHost: test\r\nContent-Length: {PART}\r\n\r\nx".encode())
        async with asyncio.timeout(30):
            answer = await reader.read()  # until it is closed
        writer.close()
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert 19 < time.monotonic() - started <= 25
        await assert_nothing_is_left(site, ada, upload)
