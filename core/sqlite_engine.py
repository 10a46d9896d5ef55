"""Tortoise's SQLite backend with write transactions that several processes and cancelled tasks cannot break."""

import asyncio
import random
import sqlite3
import time
from contextlib import closing
from types import TracebackType
from typing import Any

from tortoise.backends.base.client import ConnectionWrapper, TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite import client as tortoise_sqlite
from tortoise.connection import get_connections
from tortoise.exceptions import IntegrityError, OperationalError, TransactionManagementError

_BUSY_TIMEOUT_MS = 10_000
_PRAGMAS = {
    "busy_timeout": _BUSY_TIMEOUT_MS,
    "journal_mode": "WAL",
    "synchronous": "FULL",  # what was acknowledged survives a power cut; NORMAL is ten times faster (THREATS.md F-6)
    "foreign_keys": "ON",
}
_SCHEMA_BUSY_TIMEOUT_MS = 300_000  # another process may be rebuilding a large table: wait for it, do not fail


class SqliteClient(tortoise_sqlite.SqliteClient):
    """One connection of one process; tasks take turns on it, and so do the processes.

    Tortoise opens transactions with a plain BEGIN, which fails with "database is locked" as soon as a second process
    writes between the first read and the first write. BEGIN IMMEDIATE waits for its turn instead (THREATS.md F-6).
    """

    def __init__(self, file_path: str, **settings: Any) -> None:
        super().__init__(file_path, **(_PRAGMAS | settings))

    async def create_connection(self, with_db: bool) -> None:  # noqa: FBT001  # Tortoise's signature
        """Open the file. Raises sqlite3.Error when that is not possible."""
        # Tried here first: a failed attempt of aiosqlite leaves a thread that may outlive the event loop. And kept open
        # meanwhile: closing the last connection of a file takes the very lock that others would run into.
        with closing(sqlite3.connect(self.filename)) as first:
            await _switch_to_wal(first)
            await super().create_connection(with_db)

    def _in_transaction(self) -> TransactionContext:
        return _Exclusive(_WriteTransaction(self), self._lock)

    def in_schema_change(self) -> TransactionContext:
        """Open a write transaction in which tables may be rebuilt: foreign keys are checked at its end."""
        return _Exclusive(_SchemaChange(self), self._lock)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        """Run the statement for each row, all or none."""
        # The parent leaves its transaction open for ever when the task is cancelled.
        async with self._in_transaction() as transaction:
            await transaction.execute_many(query, values)


async def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Put a file into WAL mode, which lasts; SQLite heeds no busy_timeout there when several processes begin."""
    give_up = time.monotonic() + _BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise
            pause = random.uniform(0.005, 0.05)  # noqa: S311 - two must not meet for ever
            await asyncio.sleep(pause)
        else:
            return


class _WriteTransaction(tortoise_sqlite.SqliteTransactionWrapper):
    _connection: Any
    _parent: SqliteClient

    @property
    def is_over(self) -> bool:
        return self._finalized

    async def begin(self) -> None:
        await self._run("BEGIN IMMEDIATE")

    async def commit(self) -> None:
        await self._run("COMMIT")
        self._finalized = True

    async def rollback(self) -> None:
        self._finalized = True
        await self._connection.rollback()

    def acquire_connection(self) -> ConnectionWrapper[Any]:
        if self.is_over:
            raise TransactionManagementError(
                "This transaction is over. A task started inside a transaction must not outlive it."
            )
        return super().acquire_connection()

    async def _run(self, statement: str) -> None:
        try:
            cursor = await self._connection.execute(statement)
            await cursor.close()
        except sqlite3.IntegrityError as error:
            raise IntegrityError(error) from error
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error


class _SchemaChange(_WriteTransaction):
    # `PRAGMA foreign_keys` is a no-op inside a transaction, hence around it. With foreign keys on, dropping the old
    # copy of a rebuilt table would delete every child row by cascade.

    async def begin(self) -> None:
        await self._run("PRAGMA foreign_keys = OFF")
        timeout = self._parent.pragmas["busy_timeout"]
        await self._run(f"PRAGMA busy_timeout = {_SCHEMA_BUSY_TIMEOUT_MS}")
        try:
            await super().begin()
        finally:
            await self._run(f"PRAGMA busy_timeout = {timeout}")

    async def commit(self) -> None:
        violations = await self._connection.execute_fetchall("PRAGMA foreign_key_check")
        if violations:
            places = ", ".join(sorted({f"{table} -> {parent}" for table, _, parent, _ in violations}))
            raise IntegrityError(
                f"{len(violations)} rows point at rows that do not exist ({places}); nothing was changed."
            )
        await super().commit()
        await self._run("PRAGMA foreign_keys = ON")

    async def rollback(self) -> None:
        await super().rollback()
        await self._run("PRAGMA foreign_keys = ON")


class _Exclusive(tortoise_sqlite.SqliteTransactionContext):
    """Holds the process's connection for one transaction, and gives it back clean whatever happens.

    The parent keeps its lock when BEGIN fails and skips the rollback after a failed COMMIT: one "disk full" or one
    cancelled request would stop the site.
    """

    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await self._begin()
        except BaseException:
            self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        return self._transaction

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        try:
            if self._transaction.is_over:
                return
            if exc_type is None:
                await self._commit()
            else:
                await self._transaction.rollback()
        finally:
            get_connections().reset(self.token)
            self._trxlock.release()

    @property
    def _transaction(self) -> _WriteTransaction:
        transaction: _WriteTransaction = self.connection
        return transaction

    async def _begin(self) -> None:
        try:
            await self._transaction.begin()
        except BaseException:
            # A cancelled BEGIN still runs in SQLite's thread; the rollback queues up right behind it.
            await self._transaction.rollback()
            raise

    async def _commit(self) -> None:
        try:
            await self._transaction.commit()
        except BaseException:
            await self._transaction.rollback()
            raise


client_class = SqliteClient
"""The name under which Tortoise looks for an engine module's client."""
