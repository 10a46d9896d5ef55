"""A site on a disk that takes small parts, and creators who send files to it from a browser."""

import asyncio
import os
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Page, Route, expect

from core.http.sessions import cookie_name, start_session
from core.models import Upload, UploadState, User
from core.storage import StorageKey
from core.testing.sites import Site, open_site
from tests.fakes import transcoder_instant

PART_BYTES = 64 * 1024
PARTS = 24  # so that a fingerprint's samples, of 1 MiB, leave something out
_PLUGINS = {
    "auth_email": None,
    "mail_file": None,
    "storage_disk": None,
    "transcoder_instant": transcoder_instant,
    "catalog": None,
    "studio": None,
}
_PART = re.compile(r"/media/uploads/[0-9a-f]+/(\d+)\?")


@asynccontextmanager
async def a_site_on_disk(folder: Path) -> AsyncIterator[Site]:
    """Open the site. Jobs wait for `site.work()`."""
    async with open_site(folder, _PLUGINS, {"uploads": {"part_size": PART_BYTES}}) as site:
        yield site


def film(path: Path, seed: int = 0, *, parts: int = PARTS) -> Path:
    """Make a file that the instant transcoder takes for a video; another seed makes other bytes."""
    content = random.Random(seed).randbytes(parts * PART_BYTES - 1000)  # noqa: S311 - reproducible, not secret
    path.write_bytes(b"\0\0\0\x18ftypisom" + content[12:])
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def padded(clip: Path, megabytes: int) -> Path:
    """Put a free box at the end of a film, so that it has many parts."""
    size = megabytes * 1024**2
    with clip.open("ab") as file:
        file.write(size.to_bytes(4, "big") + b"free" + bytes(size - 8))
    return clip


async def sign_in(page: Page, site: Site, user: User) -> None:
    """Give the page's window the user's session."""
    settings = site.services.settings
    await use_session(page, site.url, (cookie_name(settings), await start_session(user, settings)))


async def use_session(page: Page, url: str, cookie: tuple[str, str]) -> None:
    """Give the page's window a cookie."""
    name, value = cookie
    await page.context.add_cookies([{"name": name, "value": value, "url": url}])


async def visit(page: Page, site: Site, user: User) -> None:
    """Go to the upload page as its user."""
    await sign_in(page, site, user)
    await page.goto(f"{site.url}/studio/upload")


async def choose(page: Page, file: Path) -> None:
    """Choose a file as one does for a new upload."""
    await page.locator("#files").set_input_files(file)


async def expect_obstacle(page: Page, words: str) -> None:
    """Wait until the page says what keeps the upload from going on."""
    await expect(page.locator(".upload [data-waiting]")).to_contain_text(words)


async def expect_whole(page: Page) -> None:
    """Wait until the page says that the file is complete."""
    await expect(page.get_by_role("link", name="Open in the studio")).to_be_visible(timeout=90_000)


async def until(condition: Callable[[], Awaitable[object]], seconds: float = 90) -> None:
    """Poll until the condition holds; page.wait_for_function would need eval, which our policy forbids."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.05)


class Line:
    """The connection of a page to the storage: what went over it, and what a test holds back."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.sent: list[int] = []
        """Numbers of the parts whose sending began."""
        self._held: list[Route] = []
        self._holding: range = range(0)

    async def attach(self) -> "Line":
        """Begin to watch."""
        await self._page.route(_PART, self._pass)
        return self

    def hold(self, numbers: range) -> None:
        """Keep these parts on their way, from now on."""
        self._holding = numbers

    async def let_go(self) -> None:
        """Let what is held, and all that follows, arrive."""
        self._holding = range(0)
        held, self._held = self._held, []
        for route in held:
            await route.continue_()

    async def cut(self) -> None:
        """Break off what is held; what follows goes through."""
        self._holding = range(0)
        held, self._held = self._held, []
        for route in held:
            await route.abort("internetdisconnected")

    async def held(self) -> bool:
        """Tell whether something waits."""
        return bool(self._held)

    async def _pass(self, route: Route) -> None:
        number = part_number(route)
        self.sent.append(number)
        if number in self._holding:
            self._held.append(route)
        else:
            await route.continue_()


def part_number(route: Route) -> int:
    """Return the number of the part that a request carries."""
    match = _PART.search(route.request.url)
    assert match
    return int(match[1])


async def received(site: Site) -> set[int]:
    """Return the numbers of the parts that the server has of its one open upload."""
    upload = await Upload.filter(state=UploadState.OPEN).first()
    return {part.number for part in await site.services.storage.list_parts(upload.target)} if upload else set()


async def stored(site: Site) -> list[bytes]:
    """Return the files that the site has accepted."""
    uploads = await Upload.filter(state=UploadState.ACCEPTED).order_by("created_at")
    storage = site.services.storage
    return [b"".join([piece async for piece in storage.read(StorageKey(upload.key))]) for upload in uploads]
