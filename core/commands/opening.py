"""Open what a command needs: the whole site, or its database alone."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from core.database import open_database
from core.logs import configure_logs
from core.plugins import Plugins
from core.services import Services, apps_of, configure, open_services
from core.settings import Settings


def with_site(work: Callable[[Services], Awaitable[None]], *, migrate: bool = True) -> None:
    """Run `work` on the site that settings.toml describes. Raises what the deployer has to act on."""
    settings, plugins = configure()
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
