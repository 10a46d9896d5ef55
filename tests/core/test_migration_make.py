"""Migration files are written offline, once for each change, and never for a change that would lose rows."""

import asyncio
import subprocess
import sys

import pytest

from core.database import open_database
from core.migration import MigrationError, make_migrations
from core.migration.files import read_migrations
from tests.core.made_up_apps import MadeUpApps, execute, rows

_SHOP = """
class Shop(Model):
    id = fields.IntField(primary_key=True)
    name = fields.CharField(40, unique=True)
    city = fields.CharField(40, db_index=True)

    class Meta:
        table = "shop"
"""
_STALL = _SHOP.replace("Shop", "Stall").replace('"shop"', '"stall"')


async def test_nothing_is_written_when_models_and_migrations_agree(made_up: MadeUpApps) -> None:
    made_up.write("shops", _SHOP)
    assert [path.name for path in await make_migrations(made_up.apps)] == ["0001_initial.py"]

    assert await make_migrations(made_up.apps) == []


async def test_what_only_python_sees_needs_no_migration(made_up: MadeUpApps) -> None:
    made_up.write("shops", _SHOP)
    await make_migrations(made_up.apps)

    made_up.write("shops", _SHOP.replace("CharField(40, unique", 'CharField(40, default="x", description="A", unique'))

    assert await make_migrations(made_up.apps) == []


async def test_each_app_gets_its_own_file_and_the_message_names_it(made_up: MadeUpApps) -> None:
    made_up.write("shops", _SHOP)
    made_up.write("stalls", _STALL)

    paths = await make_migrations(made_up.apps, "First: all of it!")

    assert [(path.parts[-3], path.name) for path in paths] == [
        ("shops", "0001_first_all_of_it.py"),
        ("stalls", "0001_first_all_of_it.py"),
    ]


async def test_file_passes_the_linter_and_keeps_its_statements(made_up: MadeUpApps) -> None:
    backslash = 'fields.CharField(9, db_default="a\\\\b")'
    made_up.write("shops", _SHOP.replace("fields.CharField(40, db_index=True)", backslash))
    [path] = await make_migrations(made_up.apps)

    for command in ("check", "format --check"):
        ruff = [sys.executable, "-m", "ruff", *command.split(), "--isolated", "--line-length=120", str(path)]
        await asyncio.to_thread(subprocess.run, ruff, check=True)
    [migration] = read_migrations(made_up.apps[0])
    assert r"DEFAULT 'a\b'" in migration.statements("postgres")[0]


async def test_renamed_column_keeps_its_values(made_up: MadeUpApps, database_url: str) -> None:
    made_up.write("shops", _SHOP)
    await made_up.migrate(database_url)
    await execute(database_url, "INSERT INTO shop (name, city) VALUES ('North', 'Oslo')")
    made_up.write("shops", _SHOP.replace("name =", "title =").replace("city =", "town ="))

    await make_migrations(made_up.apps, renames={"shop.name": "title", "shop.city": "town"})

    await made_up.migrate(database_url)
    async with open_database(database_url, made_up.apps) as database:
        assert await rows(database, "SELECT title, town FROM shop") == [("North", "Oslo")]


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("name =", "title =", "shop would lose name and gain title.*as in shop.name=title"),
        ("    city =", "    note = fields.TextField()\n    city =", "shop.note is new and NOT NULL.*Give the field"),
        ("id = fields.IntField(", "id = fields.BigIntField(", "shop.id is a primary key .* cannot change in place"),
        ('table = "shop"', 'table = "store"', "Tables shop would be dropped and store created"),
    ],
)
async def test_change_that_would_lose_or_lack_data_is_refused(
    made_up: MadeUpApps, before: str, after: str, reason: str
) -> None:
    made_up.write("shops", _SHOP)
    await make_migrations(made_up.apps)
    made_up.write("shops", _SHOP.replace(before, after))

    with pytest.raises(MigrationError, match=reason):
        await make_migrations(made_up.apps)

    assert len(read_migrations(made_up.apps[0])) == 1


async def test_two_apps_cannot_have_the_same_table(made_up: MadeUpApps) -> None:
    made_up.write("shops", _SHOP)
    made_up.write("stalls", _SHOP)

    with pytest.raises(MigrationError, match="Both shops and stalls have a table shop"):
        await make_migrations(made_up.apps)


async def test_two_migrations_cannot_have_the_same_number(made_up: MadeUpApps) -> None:
    made_up.write("shops", _SHOP)
    [path] = await make_migrations(made_up.apps)
    path.with_name("0001_from_another_branch.py").write_text(path.read_text())

    with pytest.raises(MigrationError, match="have the same number"):
        await make_migrations(made_up.apps)
