"""Bring a database to the schema of this program: each migration once, whole or not at all, whoever starts when."""

import sqlite3

import asyncpg
from aerich.models import Aerich
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import BaseORMException

from core.database import Database
from core.migration.describe import describe
from core.migration.files import Migration, read_migrations
from core.migration.schema import MigrationError
from core.migration.sqlite_objects import put_back, set_aside

_TABLE = Aerich._meta.db_table or "aerich"


async def pending(database: Database) -> dict[str, list[str]]:
    """Return the names of the migrations that this database still needs, by app; apps that need none are left out."""
    names: dict[str, list[str]] = {}
    for migration in await _pending(database):
        names.setdefault(migration.app, []).append(migration.name)
    return names


async def upgrade(database: Database) -> list[str]:
    """Apply what is pending, app by app in the order of `database.apps`, and return the names as `app.name`.

    Any number of processes may do this at once, and a killed one leaves nothing half done: run it again. Tables of apps
    that are not in `database.apps` are left alone. Raises MigrationError.
    """
    await check_schema_is_known(database)
    return [str(migration) for migration in await _pending(database) if await _apply(database, migration)]


async def check_schema_is_known(database: Database) -> None:
    """Raise MigrationError when the database is newer than this program, which would misread or damage it."""
    applied = await _applied(database.client)
    known = {(migration.app, migration.name) for app in database.apps for migration in read_migrations(app)}
    apps = {app.name for app in database.apps}
    unknown = sorted(f"{app}.{name}" for app, name in applied - known if app in apps)
    if unknown:
        raise MigrationError(
            f"The database is newer than this program: it has {', '.join(unknown)}, which this program does not know."
            " Run the newer program, or restore a backup that was made before the upgrade."
        )


async def _pending(database: Database) -> list[Migration]:
    applied = await _applied(database.client)
    return [
        migration
        for app in database.apps
        for migration in read_migrations(app)
        if (migration.app, migration.name) not in applied
    ]


async def _apply(database: Database, migration: Migration) -> bool:
    """Apply one migration unless another process was faster."""
    try:
        async with database.schema_change() as connection:
            await _create_bookkeeping(database, connection)
            if (migration.app, migration.name) in await _applied(connection):
                return False
            await _run(database, connection, migration)
            record = Aerich(app=migration.app, version=migration.name, content=migration.state())
            await record.save(using_db=connection)
            return True
    except asyncpg.LockNotAvailableError as error:
        raise MigrationError(
            f"{migration} was not applied: a long transaction holds one of its tables. Run the upgrade again once it"
            " is over (see pg_stat_activity)."
        ) from error
    except (BaseORMException, asyncpg.PostgresError, sqlite3.Error) as error:
        raise MigrationError(f"{migration} was not applied and changed nothing: {error}") from error


async def _run(database: Database, connection: BaseDBAsyncClient, migration: Migration) -> None:
    statements = migration.statements(database.dialect)
    if database.dialect == "postgres":
        for statement in statements:
            await execute(connection, statement)
        return
    aside = await set_aside(connection)
    for statement in statements:
        await execute(connection, statement)
    await put_back(connection, aside, statements)


async def execute(connection: BaseDBAsyncClient, statement: str) -> None:
    """Run one statement inside the caller's transaction."""
    # Not execute_script: on SQLite it commits whatever is open first.
    await connection.execute_query(statement)


async def _applied(connection: BaseDBAsyncClient) -> set[tuple[str, str]]:
    if not await _has_bookkeeping(connection):
        return set()
    rows = await Aerich.all().using_db(connection).values_list("app", "version")
    return {(str(app), str(version)) for app, version in rows}


async def _has_bookkeeping(connection: BaseDBAsyncClient) -> bool:
    # Not to_regclass(): it may remember the "no" from before this process waited for another one's upgrade.
    query = f"""
        SELECT count(*) AS found FROM pg_tables
        WHERE schemaname = ANY (current_schemas(false)) AND tablename = '{_TABLE}'
    """
    if connection.capabilities.dialect == "sqlite":
        query = f"SELECT count(*) AS found FROM sqlite_schema WHERE type = 'table' AND name = '{_TABLE}'"
    rows = await connection.execute_query_dict(query)
    return bool(rows[0]["found"])


async def _create_bookkeeping(database: Database, connection: BaseDBAsyncClient) -> None:
    if await _has_bookkeeping(connection):
        return
    for name, table in describe([Aerich], database.dialect).items():
        await execute(connection, table.create(name, foreign_keys=True))
