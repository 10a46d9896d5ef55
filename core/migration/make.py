"""Write the migrations that lead from the last migration files to the models as they are now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tortoise.context import TortoiseContext
from tortoise.models import Model

from core.database import App, Dialect, orm_config
from core.migration.changes import Changes, Renames, compare
from core.migration.describe import describe, fills
from core.migration.files import read_migrations, write_migration
from core.migration.postgres import postgres_statements
from core.migration.schema import MigrationError, Schemas
from core.migration.sqlite import sqlite_statements

_STATEMENTS = {"sqlite": sqlite_statements, "postgres": postgres_statements}
_DIALECTS: tuple[Dialect, ...] = ("sqlite", "postgres")


@dataclass(frozen=True, slots=True)
class _Plan:
    app: App
    number: int
    slug: str
    statements: Mapping[Dialect, Sequence[str]]
    schemas: Schemas


async def make_migrations(
    apps: Sequence[App], message: str | None = None, renames: Renames | None = None
) -> list[Path]:
    """Write one migration file for each app whose models changed, and return the files; no database is needed.

    `apps` holds every app that the models refer to. `message` names the files; without it the first changed table does.
    `renames` is `{"table.old_column": "new_column"}`. Raises MigrationError, and writes nothing, when rows that exist
    would lose a value or lack one.
    """
    models = await _models(apps)
    _refuse_shared_tables(models)
    plans = [_plan(app, models[app.name], message, renames or {}) for app in apps]
    return [
        write_migration(plan.app, plan.number, plan.slug, plan.statements, plan.schemas)
        for plan in plans
        if plan is not None
    ]


async def _models(apps: Sequence[App]) -> dict[str, list[type[Model]]]:
    with TortoiseContext() as context:
        await context.init(orm_config("sqlite://:memory:", apps), init_connections=False)
        if context.apps is None:
            raise MigrationError("Tortoise found no apps.")
        return {app.name: list(context.apps[app.name].values()) for app in apps}


def _plan(app: App, models: Iterable[type[Model]], message: str | None, renames: Renames) -> _Plan | None:
    models = list(models)
    migrations = read_migrations(app)
    before: Schemas = migrations[-1].schemas() if migrations else {"sqlite": {}, "postgres": {}}
    after: Schemas = {dialect: describe(models, dialect) for dialect in _DIALECTS}
    if before == after:
        return None
    changes = {
        dialect: compare(before[dialect], after[dialect], fills(models, dialect), renames) for dialect in _DIALECTS
    }
    return _Plan(
        app=app,
        number=migrations[-1].number + 1 if migrations else 1,
        slug=message or (_summary(changes.values()) if migrations else "initial"),
        statements={dialect: _STATEMENTS[dialect](changes[dialect]) for dialect in _DIALECTS},
        schemas=after,
    )


def _summary(changes: Iterable[Changes]) -> str:
    for change in changes:
        if change.created:
            return f"create {next(iter(change.created))}"
        if change.dropped:
            return f"drop {change.dropped[0]}"
        if change.altered:
            return f"alter {change.altered[0].name}"
    return "rename"


def _refuse_shared_tables(models: Mapping[str, Iterable[type[Model]]]) -> None:
    owners: dict[str, str] = {}
    for app, app_models in models.items():
        for model in app_models:
            table = model._meta.db_table
            if owners.setdefault(table, app) != app:
                raise MigrationError(
                    f"Both {owners[table]} and {app} have a table {table}. Give one of them another Meta.table."
                )
