"""A reload in the middle of an upload to a bucket costs the parts that were on their way, and none that had arrived."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, Request, Route, expect

from core.testing.media import make_clip
from core.testing.sites import Site
from tests.browser.conftest import OpenPage
from tests.browser.on_a_bucket import a_site_on_a_bucket
from tests.browser.test_journey import assert_it_plays
from tests.browser.uploading import choose, expect_whole, padded, received, stored, until, visit
from tests.s3_gateway import Gateway

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_PART = re.compile(r"[?&]partNumber=(\d+)&")


@pytest.fixture
async def on_s3(tmp_path: Path, moto_url: str) -> AsyncIterator[tuple[Site, Gateway]]:
    async with a_site_on_a_bucket(tmp_path / "data", moto_url) as opened:
        yield opened


def parts_of(page: Page) -> list[tuple[str, int]]:
    """Return a list that fills with host and number of each part that the page begins to send."""
    sent: list[tuple[str, int]] = []

    def note(request: Request) -> None:
        if (number := _PART.search(request.url)) and request.method == "PUT":
            sent.append((urlsplit(request.url).netloc, int(number[1])))

    page.on("request", note)
    return sent


async def hold_part_2(page: Page) -> asyncio.Event:
    """Keep the second part from the store until the page is gone; the event says that it was begun."""
    begun = asyncio.Event()

    async def hold(route: Route) -> None:
        begun.set()

    await page.route(re.compile(r"[?&]partNumber=2&"), hold)
    return begun


async def test_an_upload_to_a_bucket_goes_on_after_a_reload_and_is_watched(
    on_s3: tuple[Site, Gateway], open_page: OpenPage, tmp_path: Path
) -> None:
    (site, gateway), page = on_s3, await open_page()
    file = padded(await make_clip(tmp_path / "film.mp4", seconds=2), megabytes=12)
    begun = await hold_part_2(page)
    await visit(page, site, await site.user("ada"))
    await choose(page, file)
    await asyncio.wait_for(begun.wait(), 60)
    await until(lambda: received(site), 60)
    assert await received(site) == {1}

    await reload(page)
    sent = parts_of(page)
    await page.get_by_label("Choose the file").set_input_files(file)

    await expect_whole(page)
    assert sent == [(urlsplit(gateway.url).netloc, 2)]
    assert await stored(site) == [file.read_bytes()]
    await assert_it_is_watched(page, site)


async def reload(page: Page) -> None:
    """Reload, although the page warns of it, and hold nothing any more."""
    page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
    await page.reload()
    await page.unroute_all()
    await expect(page.get_by_role("heading", name="Unfinished uploads")).to_be_visible()


async def assert_it_is_watched(page: Page, site: Site) -> None:
    """Process what was sent, and play it as its owner does."""
    await site.work()
    await expect(page.get_by_text("Ready in every quality.", exact=True)).to_be_visible(timeout=90_000)
    watch = await page.get_by_role("link", name="Watch now").get_attribute("href")
    await page.goto(f"{site.url}{watch}")
    await assert_it_plays(page)
