"""One connection is shared by all tasks of a process: whatever one of them does, the next finds it clean."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from tortoise.exceptions import OperationalError, TransactionManagementError

from core.database import open_database, transaction
from tests.core.made_up_apps import MadeUpApps, execute, rows


@pytest.fixture
async def counters_file(counters: MadeUpApps, tmp_path: Path) -> Path:
    """Return a SQLite file with one counter at 0."""
    path = tmp_path / "counters.sqlite3"
    await counters.migrate(f"sqlite://{path}")
    await execute(f"sqlite://{path}", "INSERT INTO counter (value) VALUES (0)")
    return path


@pytest.mark.parametrize("patience", [None, 0.05], ids=["gives up", "is cancelled"])
async def test_transaction_that_never_got_its_turn_harms_no_later_one(
    counters: MadeUpApps, counters_file: Path, patience: float | None
) -> None:
    async def write() -> None:
        async with asyncio.timeout(patience), transaction() as connection:
            await connection.execute_query("UPDATE counter SET value = value + 1")

    other = sqlite3.connect(counters_file, isolation_level=None)
    async with open_database(f"sqlite://{counters_file}?busy_timeout=300", counters.apps) as database:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises((OperationalError, TimeoutError)):
            await write()
        other.execute("ROLLBACK")
        other.close()

        patience = None
        await write()
        assert await rows(database, "SELECT value FROM counter") == [(1,)]


async def test_task_that_outlives_its_transaction_cannot_slip_into_the_next(
    counters: MadeUpApps, counters_file: Path
) -> None:
    over = asyncio.Event()

    async def write_late() -> None:
        await over.wait()
        await counters.model("counters", "Counter").create(value=7)

    async with open_database(f"sqlite://{counters_file}", counters.apps):
        async with transaction():
            late = asyncio.create_task(write_late())
        over.set()

        with pytest.raises(TransactionManagementError, match="must not outlive it"):
            await late


async def test_sqlite_is_set_up_for_several_processes_and_power_cuts(counters_file: Path) -> None:
    settings = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
    async with open_database(f"sqlite://{counters_file}", []) as database:
        for name, value in settings.items():
            assert await rows(database, f"PRAGMA {name}") == [(value,)]
