"""The flow is the same on every engine: SQLite or PostgreSQL, the worker inside the web process or beside it."""

import asyncio
from pathlib import Path

import pytest

from core.testing.sites import Site, open_site
from tests.chaos.journey import Journey
from tests.chaos.server import Server
from tests.conftest import EMBEDDED
from tests.fakes.transcoder_instant import instant_video


async def published_and_gone(site: Site) -> None:
    """Upload, watch, hide, delete: every statement that the flow sends to the database."""
    creator = await site.user("ada")
    browser, stranger = await site.browser(creator), await site.browser()
    upload = await site.upload(browser, instant_video())
    await site.work()
    address = f"/videos/{upload['video_id']}"
    assert (await stranger.api("GET", f"{address}/status")).json["state"] == "published"
    assert [each["id"] for each in (await stranger.api("GET", "/videos")).json["items"]] == [upload["video_id"]]
    assert (await browser.api("PATCH", address, {"title": "Änderung", "visibility": "private"})).status == 200
    assert (await stranger.api("GET", address)).status == 404
    assert (await browser.api("DELETE", address)).status == 204
    await site.work()
    assert (await browser.api("GET", address)).status == 404


async def test_the_flow_is_the_same_on_either_database(database_url: str, tmp_path: Path) -> None:
    settings = {"database": {"url": database_url}}
    async with open_site(tmp_path / "data", EMBEDDED, settings) as site:
        await published_and_gone(site)


async def test_a_second_start_on_the_same_data_goes_on(database_url: str, tmp_path: Path) -> None:
    settings = {"database": {"url": database_url}}
    async with open_site(tmp_path / "data", EMBEDDED, settings) as site:
        await site.user("ada")
    async with open_site(tmp_path / "data", EMBEDDED, settings) as site:
        assert (await (await site.browser()).get("/@ada")).status == 200


@pytest.mark.slow
async def test_a_worker_beside_the_web_process_does_the_work(tmp_path: Path, clip: bytes) -> None:
    web = Server(tmp_path / "data", embedded_worker=False)
    worker = Server(tmp_path / "data", command="worker")
    cookie = await web.prepare()
    try:
        await asyncio.gather(web.start(), worker.start())
        status = await Journey(web, cookie, clip).run()
    finally:
        await asyncio.gather(web.kill(), worker.kill())

    assert (status["state"], status["failure"]) == ("published", None)
