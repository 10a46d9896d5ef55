"""A real Chromium opens files that are pages as well, and no script of theirs runs (P-7)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Error, Page, async_playwright

from core.http.sessions import cookie_name, start_session
from core.models import User, Video, Visibility
from core.testing.sites import Browser, Site
from tests.browser.chromium import FLAGS, executable
from tests.core.videos.states import in_state
from tests.threats.polyglots import PAGE, VIDEO_PAGE, stored

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NAMES = ["poster.jpg", "init.mp4", "1.m4s", "sprite.webp", "thumbs.vtt", "master.m3u8", "page.html", "x.svg", "x"]


@pytest.fixture
async def site(disk_site: Site) -> Site:
    return disk_site


@pytest.fixture
async def chromium() -> AsyncIterator[Chromium]:
    """A headless browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def window(chromium: Chromium, site: Site, creator: User) -> AsyncIterator[Page]:
    """A window signed in as the creator; at the end, no script of a file may have asked the site for anything."""
    settings = site.services.settings
    page = await chromium.new_page()
    secret = await start_session(creator, settings)
    await page.context.add_cookies([{"name": cookie_name(settings), "value": secret, "url": site.url}])
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    yield page
    assert asked
    assert not [url for url in asked if url.endswith("/ran")]


@pytest.fixture
async def video(site: Site, studio: Browser) -> Video:
    return await in_state(site, studio, "published", Visibility.PUBLIC)


async def visit(page: Page, url: str) -> str:
    """Open an address in the window and return the title of what is shown there; a download shows nothing."""
    await page.goto("about:blank")
    try:
        await page.goto(url)
    except Error as error:
        assert "Download is starting" in str(error) or "ERR_ABORTED" in str(error), error  # noqa: PT017 - either is fine
    return await page.title()


async def test_p7_the_page_would_run_if_it_were_served_as_one(window: Page, chromium: Chromium, site: Site) -> None:
    other = await chromium.new_page()
    await other.route("**/bait", lambda route: route.fulfill(body=PAGE.decode(), content_type="text/html"))
    await other.goto(f"{site.url}/bait")
    assert await other.title() == "ran"
    await window.goto(site.url)


@pytest.mark.parametrize("content", [PAGE, VIDEO_PAGE], ids=["page", "video and page"])
async def test_p7_no_script_runs_in_a_stored_object(
    window: Page, site: Site, video: Video, tmp_path: Path, content: bytes
) -> None:
    for name in NAMES:
        url = await stored(site, video, f"odd_{name}", content, tmp_path)
        assert await visit(window, site.url + url) != "ran", name


async def test_p7_no_script_runs_in_an_original(window: Page, site: Site, studio: Browser) -> None:
    upload = await site.upload(studio, VIDEO_PAGE, file_name="page.html", content_type="text/html")
    assert await visit(window, f"{site.url}/api/v1/videos/{upload['video_id']}/original") != "ran"


async def test_p7_no_page_takes_an_object_for_its_script(
    chromium: Chromium, site: Site, video: Video, tmp_path: Path
) -> None:
    page = await chromium.new_page(bypass_csp=True)  # as a page would be whose policy has a hole
    await page.goto(site.url)
    for name in NAMES:
        url = await stored(site, video, f"odd_{name}", b"document.title = 'ran'", tmp_path)
        with pytest.raises(Error):
            await page.add_script_tag(url=url)
        assert await page.title() != "ran", name
