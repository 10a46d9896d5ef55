"""The site's database: opening it, its write transactions, and its clock."""

import sqlite3
import traceback
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import urlsplit

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.connection import get_connections
from tortoise.context import TortoiseContext
from tortoise.exceptions import BaseORMException, DBConnectionError
from tortoise.transactions import in_transaction

from core import sqlite_engine

Dialect = Literal["sqlite", "postgres"]

_UPGRADE_LOCK = 0x4D55544F  # "MUTO"; one number for every process that upgrades the same PostgreSQL database

_TABLE_LOCK_TIMEOUT = "4s"


class DatabaseUnavailable(Exception):
    """The configured database cannot be opened; the message says why and which setting to look at."""


@dataclass(frozen=True, slots=True)
class App:
    """The tables of the core or of one plugin: a Tortoise app, and the folder of its migrations."""

    name: str
    models: str
    """The dotted module of the models."""
    migrations: Path


@dataclass(frozen=True, slots=True)
class Database:
    """An open database. The models use it by themselves; this object is for those who need the connection."""

    apps: tuple[App, ...]
    client: BaseDBAsyncClient

    @property
    def dialect(self) -> Dialect:
        """The SQL this database speaks."""
        return cast(Dialect, self.client.capabilities.dialect)

    def schema_change(self) -> AbstractAsyncContextManager[BaseDBAsyncClient]:
        """Open the transaction in which tables change: one process at a time, all or nothing, on either engine.

        On SQLite foreign keys are not enforced inside and are checked at the end.
        """
        if isinstance(self.client, sqlite_engine.SqliteClient):
            return self.client.in_schema_change()
        return _locked_transaction()


def orm_config(url: str, apps: Sequence[App]) -> dict[str, Any]:
    """Return Tortoise's configuration: one connection, one Tortoise app for each of ours, and aerich's own table."""
    connection = expand_db_url(url)
    if connection["engine"] == "tortoise.backends.sqlite":
        connection["engine"] = sqlite_engine.__name__
    modules = {app.name: app.models for app in apps} | {"aerich": "aerich.models"}
    return {
        "connections": {"default": connection},
        "apps": {name: {"models": [module], "default_connection": "default"} for name, module in modules.items()},
        "use_tz": True,
        "timezone": "UTC",
    }


@asynccontextmanager
async def open_database(url: str, apps: Sequence[App]) -> AsyncIterator[Database]:
    """Open the database and bind the apps' models to it until the end of the block; datetimes are aware and in UTC.

    `url` is `sqlite://path` or `postgres://user:password@host:port/name` (`?minsize=&maxsize=` size the pool). Every
    task of the process sees it, so a process has at most one open at a time. Raises DatabaseUnavailable at once when
    nothing answers there.
    """
    # Tortoise keeps statements by table name for the whole process, in the words of the engine that was open before.
    EXECUTOR_CACHE.clear()
    context = TortoiseContext()
    try:
        with context:
            await context.init(orm_config(url, apps), _enable_global_fallback=True)
        await _connect(context.db(), url)
        yield Database(tuple(apps), context.db())
    finally:
        # aiosqlite's thread would keep the process alive for ever.
        await context.close_connections()


@asynccontextmanager
async def transaction() -> AsyncIterator[BaseDBAsyncClient]:
    """Open a write transaction on the site's database: the one way to do so. Every query of this task joins it.

    On SQLite it holds the only write lock from the start (BEGIN IMMEDIATE): keep it short, and wait for nothing but
    the database inside. On PostgreSQL rows that are read to be changed need `select_for_update()`. A nested one is a
    savepoint: its failure, when caught, undoes only itself; never nest in parallel tasks.
    """
    connections = get_connections()._storage_var  # noqa: SLF001 -- there is no public way to the task's connection
    before = connections.get()
    try:
        async with in_transaction() as connection:
            yield connection
    finally:
        # Cancelled while it gives its connection back, Tortoise (1.1) would leave the task with that one for ever.
        if connections.get() is not before:
            connections.set(before)


async def database_now(connection: BaseDBAsyncClient) -> datetime:
    """Return the time on the clock that all processes of this database share, aware, in UTC, in microseconds."""
    if connection.capabilities.dialect == "sqlite":
        return datetime.now(UTC)  # SQLite's clock is this machine's, only coarser
    # now() would be the start of the transaction, and a lease taken at its end would already be old.
    rows = await connection.execute_query_dict("SELECT clock_timestamp() AS now")
    return cast(datetime, rows[0]["now"])


def is_database_away(error: BaseException) -> bool:
    """Tell whether a query ended like this because the server does not answer, and not because of what it asked.

    Whether a transaction that was being committed took effect is not known then.
    """
    if isinstance(error, asyncpg.InterfaceError):
        return "closed" in str(error)  # asyncpg has no class of its own for this
    if isinstance(error, ConnectionError | FileNotFoundError):  # the latter is a Unix socket's
        return _is_of_a_driver(error)
    return isinstance(error, _AWAY)


def _is_of_a_driver(error: BaseException) -> bool:
    """Tell an error of the database's connection from one of any other server's: they share their classes."""
    modules = (frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(error.__traceback__))
    return any(module.partition(".")[0] in _DRIVERS for module in modules)


_DRIVERS = ("asyncpg", "tortoise")
_AWAY = (
    DBConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InternalClientError,  # where the server hung up on an idle connection, before asyncpg is through with that
)


@asynccontextmanager
async def _locked_transaction() -> AsyncIterator[BaseDBAsyncClient]:
    async with in_transaction() as connection:
        await connection.execute_query(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")
        # Whoever waits for a table lock makes all later writers wait too: give up before people notice.
        await connection.execute_query(f"SET LOCAL lock_timeout = '{_TABLE_LOCK_TIMEOUT}'")
        yield connection


async def _connect(client: BaseDBAsyncClient, url: str) -> None:
    try:
        await client.create_connection(with_db=True)
    except (OSError, sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError, BaseORMException) as error:
        parts = urlsplit(url)
        place = f"{parts.scheme}://{parts.hostname or ''}{parts.path}"  # the password stays out of logs
        raise DatabaseUnavailable(
            f"Cannot open the database {place}: {error}. Check [database] url in settings.toml, that the folder or "
            "server exists, and that this user may write there."
        ) from error
