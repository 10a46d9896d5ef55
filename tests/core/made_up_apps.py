"""Apps made up by a test: models written as source, so that they can change as a developer changes them."""

import importlib
import sys
from pathlib import Path
from typing import Any

from core.database import App, Database, open_database
from core.migration import make_migrations, upgrade

_HEADER = "from tortoise import fields\nfrom tortoise.indexes import Index\nfrom tortoise.models import Model\n"


class MadeUpApps:
    """A folder of apps, in the order in which they were first written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._apps: dict[str, App] = {}

    @property
    def apps(self) -> list[App]:
        """What `open_database` and the migrations take."""
        return list(self._apps.values())

    def write(self, name: str, models: str) -> None:
        """Write an app's models, or write them anew; only its migrations outlive that."""
        package = self.folder / name
        package.mkdir(exist_ok=True)
        (package / "models.py").write_text(_HEADER + models, encoding="utf-8")
        # Relations tie the classes of all apps together, so all are imported again.
        for module in [module for module in sys.modules if module.partition(".")[0] in {*self._apps, name}]:
            del sys.modules[module]
        importlib.invalidate_caches()
        self._apps[name] = App(name, f"{name}.models", package / "migrations")

    def remove(self, name: str) -> None:
        """Take an app out of the settings; its folder stays."""
        del self._apps[name]

    def model(self, app: str, name: str) -> Any:
        """Return a model class of the app as it was last written; no type checker can know its fields."""
        return getattr(importlib.import_module(f"{app}.models"), name)

    async def migrate(self, url: str) -> list[str]:
        """Make the migrations that are missing, apply what is pending, and return the names of what was applied."""
        await make_migrations(self.apps)
        async with open_database(url, self.apps) as database:
            return await upgrade(database)


async def rows(database: Database, query: str) -> list[tuple[object, ...]]:
    """Return the rows of a query as tuples."""
    return [tuple(row.values()) for row in await database.client.execute_query_dict(query)]


async def execute(url: str, *statements: str) -> None:
    """Run statements on a database of which no models are known."""
    async with open_database(url, []) as database:
        for statement in statements:
            await database.client.execute_query(statement)
