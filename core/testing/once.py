"""What every site of a test run begins with, made once in a process: the tables of an empty database, and templates."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import CodeType

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from core.database import App, Database, open_database
from core.migration import upgrade
from core.migration.files import read_migrations
from core.settings import Settings

_NEW_FILES: dict[tuple[str, ...], bytes] = {}
_ENGINE = "sqlite://"


class _Memory(BytecodeCache):
    """Compiled templates, by the name of the file and the checksum of what it said."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket when that template was compiled before."""
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        assert bucket.code is not None
        self._code[bucket.key, bucket.checksum] = bucket.code


COMPILED_TEMPLATES = _Memory()
"""For every site of the process: half of a page's first rendering is compiling."""


async def lay_tables(settings: Settings, apps: Sequence[App]) -> None:
    """Put a migrated SQLite file where a new site will open one; a database of another address it migrates by itself.

    Which migrations there are is looked up each time. Raises MigrationError.
    """
    path = Path(settings.database_url.removeprefix(_ENGINE))
    if settings.core.database.url or path.exists():
        return
    key = tuple(str(migration.path) for app in apps for migration in read_migrations(app))
    if key not in _NEW_FILES:
        _NEW_FILES[key] = await _new_file(apps)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_bytes(_NEW_FILES[key])


async def _new_file(apps: Sequence[App]) -> bytes:
    with TemporaryDirectory(prefix="tables-") as folder:
        path = Path(folder) / "site.sqlite3"
        async with open_database(f"{_ENGINE}{path}", apps) as database:
            await hurry(database)
            await upgrade(database)
        return path.read_bytes()


async def hurry(database: Database) -> None:
    """Let this process's commits wait for no disk: nobody needs a test's rows after a power cut."""
    if database.dialect == "sqlite":
        await database.client.execute_query("PRAGMA synchronous = OFF")
