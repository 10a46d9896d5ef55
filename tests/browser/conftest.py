"""A real Chromium, and pages in which any console error fails the test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.browser.chromium import FLAGS, executable
from tests.browser.running_site import RunningSite

SHOTS = Path(__file__).parent / "shots"
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
    """Open a page in a new, private window; at the end no page may have seen an error in its console."""
    complaints: list[str] = []

    async def open_new(
        size: tuple[int, int] = DESKTOP, scheme: str = "light", *, scripts: bool = True, state: object = None
    ) -> Page:
        width, height = size
        window = await chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]  # a literal of Playwright's
            java_script_enabled=scripts,
            storage_state=state,  # type: ignore[arg-type]  # what context.storage_state() gave
        )
        page = await window.new_page()
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_new
    assert complaints == []


async def shoot(page: Page, name: str) -> None:
    """Keep a screenshot for people to look at."""
    SHOTS.mkdir(exist_ok=True)
    await page.screenshot(path=SHOTS / f"{name}.png")
