"""`mutoscope serve` in a process of its own, with a creator signed in."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from core.http.sessions import cookie_name, start_session
from core.models import Role
from core.services import configure_from, open_services
from core.testing.sites import Browser
from core.users import create_user
from tests.browser.running_site import RunningSite


@dataclass(frozen=True, slots=True)
class Served:
    """The creator's browser, the site, and its web process to look at."""

    browser: Browser
    site: RunningSite
    process: psutil.Process


@asynccontextmanager
async def serving(folder: Path, environment: Mapping[str, str] | None = None) -> AsyncIterator[Served]:
    """Serve the embedded defaults from an empty folder; `environment` adds MUTOSCOPE_… settings."""
    site = RunningSite(folder)
    site.environment |= {"MUTOSCOPE_LOG__LEVEL": "warning", **(environment or {})}
    settings, plugins = configure_from({"data_dir": str(folder / "data"), "site": {"base_url": site.url}})
    async with open_services(settings, plugins):
        user = await create_user(handle="bench", email="bench@example.org", display_name="Bench", role=Role.CREATOR)
        secret = await start_session(user, settings)
    others = set(psutil.Process().children())
    await site.start()
    try:
        (process,) = [child for child in psutil.Process().children() if child not in others]
        async with Browser(site.url, site.url) as browser:
            browser.add_cookie(cookie_name(settings), secret, site.url)
            yield Served(browser, site, process)
    finally:
        await site.stop()
