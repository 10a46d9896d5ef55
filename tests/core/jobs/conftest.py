"""Fixtures for jobs: an empty job table on each engine, and a queue whose bell only counts."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.database import Database, open_database
from core.jobs import JobQueue
from core.migration import upgrade
from core.models import Job
from tests.core.jobs.running import CORE_APP, CountingBell
from tests.postgres import PostgresServer


async def _migrate(url: str) -> None:
    async with open_database(url, [CORE_APP]) as database:
        await upgrade(database)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file with the core's tables, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "site.sqlite3"
    asyncio.run(_migrate(f"sqlite://{path}"))
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: PostgresServer) -> str:
    """Return the URL of a PostgreSQL database with the core's tables, which all tests of jobs share."""
    postgres_server.run("CREATE DATABASE jobs")
    asyncio.run(_migrate(postgres_server.url("jobs")))
    return postgres_server.url("jobs")


@pytest.fixture
def sqlite_jobs_url(migrated_file: Path, tmp_path: Path) -> str:
    """Return the URL of a SQLite database with the core's tables, which nobody has open."""
    shutil.copy(migrated_file, tmp_path / "site.sqlite3")
    return f"sqlite://{tmp_path / 'site.sqlite3'}"


@pytest.fixture
async def postgres_jobs_url(migrated_postgres: str) -> str:
    """Return the URL of a PostgreSQL database with the core's tables and no jobs, which nobody has open."""
    async with open_database(migrated_postgres, [CORE_APP]):
        await Job.all().delete()
    return migrated_postgres


@pytest.fixture(params=["sqlite", "postgres"])
def jobs_url(request: pytest.FixtureRequest) -> str:
    """Run the test once for each engine, on an empty job table."""
    url: str = request.getfixturevalue(f"{request.param}_jobs_url")
    return url


@pytest.fixture
async def database(jobs_url: str) -> AsyncIterator[Database]:
    """Open the database for this process."""
    async with open_database(jobs_url, [CORE_APP]) as opened:
        yield opened


@pytest.fixture
def bell() -> CountingBell:
    """Return a bell that nobody hears."""
    return CountingBell()


@pytest.fixture
def queue(database: Database, bell: CountingBell) -> JobQueue:
    """Return a queue on the open database."""
    return JobQueue(bell)
