"""Open what a command needs: the whole site, or its database alone."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from core.database import open_database
from core.logs import configure_logs
from core.plugins import Plugins
from core.services import Services, apps_of, configure, configure_from, open_services
from core.settings import Settings, read_raw


def with_site(
    work: Callable[[Services], Awaitable[None]], *, migrate: bool = True, jobs: Mapping[str, object] | None = None
) -> None:
    """Run `work` on the site that settings.toml describes; `jobs` replaces keys of [jobs].

    Raises what the deployer has to act on.
    """
    raw = read_raw()
    if jobs and isinstance(own := raw.get("jobs", {}), Mapping):  # what is no table is complained of next
        raw["jobs"] = {**own, **jobs}
    settings, plugins = configure_from(raw)
    configure_logs(settings.core.log)

    async def run() -> None:
        async with open_services(settings, plugins, migrate=migrate) as services:
            await work(services)

    asyncio.run(run())


def with_database(work: Callable[[Settings, Plugins, Any], Awaitable[None]]) -> None:
    """Run `work` on the database, with no provider opened."""
    settings, plugins = configure()

    async def run() -> None:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        async with open_database(settings.database_url, apps_of(plugins)) as database:
            await work(settings, plugins, database)

    asyncio.run(run())
