"""Every page and state, light and dark, desktop and phone: axe finds nothing, and nothing is too wide."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from core.models import Role, User, Video, Visibility
from core.testing.media import make_clip, make_odd
from core.testing.sites import Site, open_site
from tests.browser.conftest import DESKTOP, PHONE, OpenPage, shoot
from tests.browser.uploading import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(280)]

PLUGINS = dict.fromkeys(["auth_email", "mail_file", "storage_disk", "transcode_ffmpeg", "catalog", "studio"])
TITLES = [
    "Four days across the high plateau",
    "Why this 1968 grid still works: a designer reads the manual",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "رحلة قصيرة على طول النهر",
]
AXE_OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}


async def furnish(site: Site, folder: Path) -> tuple[User, dict[str, str]]:
    """Fill a site with a creator's videos in every state; return the creator, and paths by the name of their page."""
    creator = await site.user("slow_miles")
    browser = await site.browser(creator)
    clips = [await make_clip(folder / f"{number}.mp4", seconds=1, size=(640, 360)) for number in range(2)]
    videos = [
        await site.upload(browser, clips[number % 2].read_bytes(), title=title, description="We walked.\n\n" * 3)
        for number, title in enumerate(TITLES)
    ]
    broken = await site.upload(browser, (await make_odd("text.mp4", folder)).read_bytes(), title="A diary")
    await site.work()
    waiting = await site.upload(browser, clips[0].read_bytes(), title="Not looked at yet")
    gone = (await site.upload(browser, clips[0].read_bytes(), title=TITLES[2]))["video_id"]
    await browser.api("DELETE", f"/videos/{gone}")
    unlisted, private = videos[2]["video_id"], videos[3]["video_id"]
    await Video.filter(id=unlisted).update(visibility=Visibility.UNLISTED)
    await Video.filter(id=private).update(visibility=Visibility.PRIVATE)
    first = videos[0]["video_id"]
    return creator, {
        "home": "/",
        "watch": f"/watch/{first}",
        "watch-unlisted": f"/watch/{unlisted}",
        "watch-private": f"/watch/{private}",
        "watch-waiting": f"/watch/{waiting['video_id']}",
        "watch-failed": f"/watch/{broken['video_id']}",
        "channel": "/@slow_miles",
        "studio": "/studio",
        "studio-undo": f"/studio?deleted={gone}",
        "deleted": "/studio/deleted",
        "erase": f"/studio/videos/{gone}/erase",
        "upload": "/studio/upload",
        "edit": f"/studio/videos/{first}",
        "edit-failed": f"/studio/videos/{broken['video_id']}",
        "edit-waiting": f"/studio/videos/{waiting['video_id']}",
        "delete": f"/studio/videos/{first}/delete",
        "account": "/account",
        "api": "/api",
        "not-found": "/no/such/page",
    }


FOR_STRANGERS = {"stranger-home": "/", "login": "/login", "register": "/register", "reset": "/reset"}
FOR_NEWCOMERS = {
    "newcomer-account": "/account",
    "forbidden": "/studio",
    "channel-empty": "/@newcomer",
}


async def look_at(page: Page, address: str, name: str) -> list[str]:
    """Visit a page, keep its picture, and return what is wrong with it."""
    await page.goto(address)
    await page.wait_for_load_state("load")
    return await flaws_of(page, name)


async def flaws_of(page: Page, name: str) -> list[str]:
    """Keep the picture of a page as it is, and return what is wrong with it."""
    await shoot(page, name)
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    found = await Axe().run(page, options=AXE_OPTIONS)
    complaints = [f"{name}: {each['id']}: {each['nodes'][0]['html'][:200]}" for each in found.response["violations"]]
    return complaints + ([f"{name}: is {wide} px too wide"] if wide > 0 else [])


@pytest.fixture
async def furnished(tmp_path: Path) -> AsyncIterator[tuple[Site, User, dict[str, str]]]:
    """A site with content."""
    async with open_site(tmp_path / "data", PLUGINS) as site:
        creator, paths = await furnish(site, tmp_path)
        yield site, creator, paths


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE, (320, 640)], ids=["desktop", "phone", "narrow"])
async def test_no_page_has_a_flaw_that_axe_finds(
    size: tuple[int, int], scheme: str, furnished: tuple[Site, User, dict[str, str]], chromium: Browser
) -> None:
    site, creator, paths = furnished
    newcomer = await site.user("newcomer", Role.VIEWER)
    complaints: list[str] = []
    for user, addresses in ((creator, paths), (newcomer, FOR_NEWCOMERS), (None, FOR_STRANGERS)):
        window = await chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if scheme == "dark" else "light"
        )
        page = await window.new_page()
        if user is not None:
            await sign_in(page, site, user)
        for name, path in addresses.items():
            complaints += await look_at(page, site.url + path, f"{name}-{size[0]}-{scheme}")
        await window.close()

    assert complaints == []


async def test_an_empty_site_says_how_to_begin(tmp_path: Path, open_page: OpenPage) -> None:
    async with open_site(tmp_path / "data", PLUGINS) as site:
        page = await open_page()
        assert await look_at(page, site.url, "empty-stranger") == []
        await sign_in(page, site, await site.user())
        assert await look_at(page, site.url, "empty-creator") == []
        assert await look_at(page, f"{site.url}/studio", "empty-studio") == []
