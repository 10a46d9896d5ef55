"""R-1: a server that is told to stop ends in time, and loses nothing of what it acknowledged."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from yarl import URL

from core.storage import PartRequest
from core.testing.sending import some_bytes
from core.testing.sites import Browser
from tests.chaos.server import Server
from tests.plugins.storage_disk.wire import Wire

pytestmark = pytest.mark.slow

PART = 65_536
CONTENT = some_bytes(2 * PART)
NEW = {"file_name": "clip.mp4", "size": len(CONTENT)}
# A sender may be silent for longer than any test lasts, so it is the server's own stop that ends it.
SETTINGS = {
    "uploads": {"part_size": PART},
    "server": {"port": 0, "drain_seconds": 3},
    "storage_disk": {"min_free_bytes": 0, "part_idle_seconds": 1000, "part_grace_seconds": 1000},
}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    server = Server(tmp_path / "data", plugins=["storage_disk", "transcoder_instant"], settings=SETTINGS)
    try:
        yield server
    finally:
        await server.kill()


async def signed(browser: Browser, upload: dict[str, Any], number: int) -> PartRequest:
    answer = await browser.api("POST", f"/uploads/{upload['id']}/sign", {"parts": [number]})
    assert answer.status == 200, answer.text
    return PartRequest(answer.json["parts"][0]["url"], answer.json["parts"][0]["headers"])


async def half_sent(server: Server, part: PartRequest) -> Wire:
    """Return a connection on which half of the second part has arrived."""
    wire = Wire(*await asyncio.open_connection("127.0.0.1", URL(server.url).port))
    await wire.request("PUT", part.url, content_length=PART)
    await wire.send(CONTENT[PART : PART + PART // 2])
    async with asyncio.timeout(60):
        while not any(path.stat().st_size > PART for path in server.data_dir.glob("media/.uploads/*/data")):
            await asyncio.sleep(0.05)
    return wire


async def refuses_connections(server: Server) -> None:
    """Wait until the server listens no more."""
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", URL(server.url).port)
            except ConnectionRefusedError:
                return
            writer.close()
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("end", ["it is sent to its end", "its sender falls silent"])
async def test_r_1_stop_while_a_part_is_sent_loses_nothing_that_was_acknowledged(server: Server, end: str) -> None:
    cookie = await server.prepare()
    await server.start()
    async with server.browser(cookie) as browser:
        upload = (await browser.api("POST", "/uploads", NEW)).json
        assert (await browser.put_part(await signed(browser, upload, 1), CONTENT[:PART])).status == 200
        wire = await half_sent(server, await signed(browser, upload, 2))
    server.send_signal(signal.SIGTERM)
    await refuses_connections(server)
    if end == "it is sent to its end":
        await wire.send(CONTENT[PART + PART // 2 :])
        assert (await wire.answer()).status == 200
    async with asyncio.timeout(90):
        assert await server.ended() == 0, server.log()
    wire.cut()
    await server.start()
    async with server.browser(cookie) as browser:
        received = (await browser.api("GET", f"/uploads/{upload['id']}")).json["received"]
        assert [part["number"] for part in received] == ([1, 2] if end == "it is sent to its end" else [1])
        if len(received) == 1:
            assert (await browser.put_part(await signed(browser, upload, 2), CONTENT[PART:])).status == 200
        assert (await browser.api("POST", f"/uploads/{upload['id']}/complete", {})).status == 200
        led = await browser.api("GET", f"/videos/{upload['video_id']}/original")
        assert (await browser.get(led.headers["Location"])).body == CONTENT
