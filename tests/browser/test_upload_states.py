"""Every state of the upload page, light and dark, desktop and phone: the words are right, and axe finds nothing."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from core.models import User
from core.testing.sites import Site
from tests.browser.conftest import DESKTOP, PHONE, OpenPage
from tests.browser.test_pages import flaws_of
from tests.browser.uploading import PARTS, Line, choose, expect_whole, film, sign_in, until, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]


class States:
    """Looks at one page as its state changes."""

    def __init__(self, page: Page, suffix: str) -> None:
        self._page, self._suffix = page, suffix
        self.flaws: list[str] = []

    async def look(self, name: str, place: str, words: str) -> None:
        """Wait for the words that name a state, in their place, and note what is wrong with the page then."""
        await expect(self._page.locator(f".upload [data-{place}]")).to_contain_text(words)
        self.flaws += await flaws_of(self._page, f"uploading-{name}-{self._suffix}")


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"])
async def test_every_state_is_said_in_words_without_a_flaw(
    size: tuple[int, int], scheme: str, disk_site: Site, ada: User, open_page: OpenPage, tmp_path: Path
) -> None:
    page = await open_page(size, scheme, failing=True)
    states = States(page, f"{size[0]}-{scheme}")
    line = await Line(page).attach()
    line.hold(range(9, PARTS + 1))
    await visit(page, disk_site, ada)
    await choose(page, film(tmp_path / "lake.mp4"))
    await until(line.held)
    await states.look("sending", "moment", "Sending · 8 of 24 parts are there")

    await page.get_by_role("button", name="Pause").click()
    await line.cut()
    await states.look("paused", "moment", "Paused · 8 of 24 parts are there")

    await page.context.set_offline(True)
    await page.get_by_role("button", name="Resume").click()
    await states.look("offline", "waiting", "You are offline.")
    await page.context.set_offline(False)
    await expect_whole(page)
    await states.look("accepted", "note", "You can close this page; it goes on.")

    assert states.flaws == []


async def test_file_that_is_chosen_before_the_script_has_come_is_sent(
    disk_site: Site, ada: User, open_page: OpenPage, tmp_path: Path
) -> None:
    page, chosen = await open_page(), asyncio.Event()

    async def late(route: Route) -> None:
        await chosen.wait()
        await route.continue_()

    await page.route("**/studio/upload-page.js", late)
    await sign_in(page, disk_site, ada)
    await page.goto(f"{disk_site.url}/studio/upload", wait_until="commit")
    await choose(page, film(tmp_path / "lake.mp4"))
    chosen.set()
    await expect_whole(page)


async def test_what_cannot_go_on_says_why(disk_site: Site, ada: User, open_page: OpenPage, tmp_path: Path) -> None:
    page = await open_page(failing=True)
    states = States(page, "1440-light")
    line = await Line(page).attach()
    line.hold(range(9, PARTS + 1))
    await visit(page, disk_site, ada)
    await choose(page, film(tmp_path / "lake.mp4"))
    await until(line.held)
    other = await page.context.new_page()
    await other.goto(f"{disk_site.url}/studio/upload")
    await states.look("sending-at-length", "moment", "Sending · 8 of 24 parts are there")

    await other.get_by_role("button", name="Discard").click()
    await other.get_by_role("button", name="Discard it").click()
    await expect(other.get_by_role("heading", name="Unfinished uploads")).to_be_hidden()
    await line.let_go()
    await states.look("gone", "problem", "This upload was cancelled elsewhere, or has expired.")
    await page.get_by_role("button", name="Try again").click()

    await expect_whole(page)
    assert states.flaws == []
