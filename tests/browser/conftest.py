"""A real Chromium, and pages in which any console error fails the test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

from core.models import User
from core.testing.sites import Site
from tests.browser.chromium import FLAGS, executable
from tests.browser.running_site import RunningSite
from tests.browser.uploading import PART_BYTES, a_site_on_disk

SHOTS = Path(__file__).parent / "shots"
expect.set_options(timeout=60_000)  # a machine that runs other things too may take its time

DESKTOP, PHONE = (1440, 900), (390, 844)

OpenPage = Callable[..., Awaitable[Page]]


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[RunningSite]:
    """The site on its defaults."""
    running = RunningSite(tmp_path)
    await running.start()
    try:
        yield running
    finally:
        await running.stop()


@pytest.fixture
async def small_parts(tmp_path: Path) -> AsyncIterator[RunningSite]:
    """The site on its defaults, but for small parts."""
    running = RunningSite(tmp_path)
    running.environment["MUTOSCOPE_UPLOADS__PART_SIZE"] = str(PART_BYTES)
    await running.start()
    try:
        yield running
    finally:
        await running.stop()


@pytest.fixture
async def disk_site(tmp_path: Path) -> AsyncIterator[Site]:
    """A site in this process, on a disk, that takes small parts and processes at once."""
    async with a_site_on_disk(tmp_path / "data") as site:
        yield site


@pytest.fixture
async def ada(disk_site: Site) -> User:
    """Its creator."""
    return await disk_site.user("ada")


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """A headless browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


@pytest.fixture
async def open_page(chromium: Browser) -> AsyncIterator[OpenPage]:
    """Open a page in a new, private window; at the end no page may have seen an error in its console.

    `failing` is for tests that let requests fail.
    """
    complaints: list[str] = []

    async def open_new(
        size: tuple[int, int] = DESKTOP,
        scheme: str = "light",
        *,
        scripts: bool = True,
        state: object = None,
        failing: bool = False,
    ) -> Page:
        width, height = size
        window = await chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]  # a literal of Playwright's
            java_script_enabled=scripts,
            storage_state=state,  # type: ignore[arg-type]  # what context.storage_state() gave
        )
        page = await window.new_page()
        listen(page, complaints, failing=failing)
        return page

    yield open_new
    assert complaints == []


def listen(page: Page, complaints: list[str], *, failing: bool) -> None:
    """Collect errors; where requests are `failing` by intent, the browser's own line about each is none."""

    def hear(line: ConsoleMessage) -> None:
        if line.type == "error" and not (failing and line.text.startswith("Failed to load resource")):
            complaints.append(line.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))


async def shoot(page: Page, name: str) -> None:
    """Keep a screenshot for people to look at."""
    SHOTS.mkdir(exist_ok=True)
    await page.screenshot(path=SHOTS / f"{name}.png")
