"""Write transactions wait their turn, undo themselves when they fail, and never harm the next one."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from tortoise.exceptions import IntegrityError

from core.database import DatabaseUnavailable, database_now, open_database, transaction
from tests.core.database_processes import count_up, join, processes, start
from tests.core.made_up_apps import MadeUpApps, execute, rows


@pytest.fixture
async def counters_url(counters: MadeUpApps, database_url: str) -> str:
    """Return, for each engine, a database with one counter at 0."""
    await counters.migrate(database_url)
    await execute(database_url, "INSERT INTO counter (value) VALUES (0)")
    return database_url


async def test_three_writing_processes_lose_no_increment(counters: MadeUpApps, counters_url: str) -> None:
    together = processes.Barrier(3)

    crowd = [start(count_up, counters_url, counters, 60, together) for _ in range(3)]

    assert [join(process) for process in crowd] == [0, 0, 0]
    async with open_database(counters_url, counters.apps) as database:
        assert await rows(database, "SELECT value FROM counter") == [(180,)]


async def test_failed_transaction_changes_nothing(counters: MadeUpApps, counters_url: str) -> None:
    async def write_and_fail() -> None:
        async with transaction() as connection:
            await connection.execute_query("UPDATE counter SET value = 9")
            raise ZeroDivisionError

    async with open_database(counters_url, counters.apps) as database:
        with pytest.raises(ZeroDivisionError):
            await write_and_fail()

        assert await rows(database, "SELECT value FROM counter") == [(0,)]


async def test_failed_nested_transaction_undoes_only_itself(counters: MadeUpApps, counters_url: str) -> None:
    async def write_and_fail() -> None:
        async with transaction() as nested:
            await nested.execute_query("UPDATE counter SET value = 2")
            await nested.execute_query("INSERT INTO counter (id, value) VALUES (1, 3)")

    async with open_database(counters_url, counters.apps) as database:
        async with transaction() as connection:
            await connection.execute_query("UPDATE counter SET value = 1")
            with pytest.raises(IntegrityError):
                await write_and_fail()

        assert await rows(database, "SELECT value FROM counter") == [(1,)]


async def test_tasks_of_one_process_take_turns(counters: MadeUpApps, counters_url: str) -> None:
    async def add_one() -> None:
        async with transaction():
            counter = await counters.model("counters", "Counter").select_for_update().get(id=1)
            counter.value += 1
            await counter.save()

    async with open_database(counters_url, counters.apps) as database:
        await asyncio.gather(*(add_one() for _ in range(20)))

        assert await rows(database, "SELECT value FROM counter") == [(20,)]


async def test_failed_bulk_insert_leaves_nothing_behind(counters: MadeUpApps, counters_url: str) -> None:
    async with open_database(counters_url, counters.apps) as database:
        model = counters.model("counters", "Counter")

        with pytest.raises(IntegrityError):
            await model.bulk_create([model(name="a"), model(name="b"), model(name="a")])

        async with transaction() as connection:
            await connection.execute_query("UPDATE counter SET value = 1")
        assert await rows(database, "SELECT value FROM counter") == [(1,)]


async def test_cancelled_transaction_changes_nothing(counters: MadeUpApps, counters_url: str) -> None:
    async def write_and_wait() -> None:
        async with asyncio.timeout(0.05), transaction() as connection:
            await connection.execute_query("UPDATE counter SET value = 9")
            await asyncio.Event().wait()

    async with open_database(counters_url, counters.apps) as database:
        with pytest.raises(TimeoutError):
            await write_and_wait()

        async with transaction() as connection:
            await connection.execute_query("UPDATE counter SET value = value + 1")
        assert await rows(database, "SELECT value FROM counter") == [(1,)]


async def test_datetimes_come_back_aware_and_in_utc(counters: MadeUpApps, counters_url: str) -> None:
    moment = datetime(2026, 3, 29, 1, 30, 0, 123456, UTC)
    async with open_database(counters_url, counters.apps):
        model = counters.model("counters", "Counter")
        await model.filter(id=1).update(seen=moment)

        seen = (await model.get(id=1)).seen
    assert (seen, seen.utcoffset()) == (moment, timedelta(0))


async def test_database_clock_is_aware_and_moves_within_a_transaction(counters_url: str) -> None:
    async with open_database(counters_url, []), transaction() as connection:
        first, second = await database_now(connection), await database_now(connection)

    assert first.utcoffset() == timedelta(0)
    assert first < second


async def test_sites_on_different_engines_follow_each_other_in_one_process(
    counters: MadeUpApps, sqlite_url: str, postgres_url: str
) -> None:
    for url in (sqlite_url, postgres_url, sqlite_url):
        await counters.migrate(url)
        async with open_database(url, counters.apps):
            model = counters.model("counters", "Counter")
            counter = await model.create(value=1)
            await model.filter(id=counter.id).update(value=2)
            assert (await model.get(id=counter.id)).value == 2


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("sqlite:///no/such/folder/site.sqlite3", "sqlite:///no/such/folder/site.sqlite3"),
        ("postgres://me:secret@127.0.0.1:1/site?timeout=5", "postgres://127.0.0.1/site"),
    ],
)
async def test_database_that_does_not_answer_is_reported_without_its_password(url: str, place: str) -> None:
    with pytest.raises(
        DatabaseUnavailable, match=rf"Cannot open the database {place}.*Check \[database\] url"
    ) as caught:
        async with open_database(url, []):
            pytest.fail("nothing is there")

    assert "secret" not in str(caught.value)
