"""R-18: several processes upgrade at once, one of them dies in the middle, and the schema is still right."""

import signal

from core.database import open_database
from core.migration import make_migrations, pending
from core.migration.files import read_migrations
from tests.core.database_processes import join, processes, start, upgrade_at_once, upgrade_until_killed
from tests.core.made_up_apps import MadeUpApps, execute, rows

_SHOP = """
class Shop(Model):
    id = fields.IntField(primary_key=True)
    name = fields.CharField(40)

    class Meta:
        table = "shop"


class Item(Model):
    id = fields.IntField(primary_key=True)
    shop = fields.ForeignKeyField("shops.Shop", related_name="items")

    class Meta:
        table = "item"
"""
_SHOP_ANEW = _SHOP.replace("CharField(40)", "CharField(80, unique=True)\n    city = fields.TextField(null=True)")


async def test_concurrent_upgrades_apply_each_migration_once(made_up: MadeUpApps, database_url: str) -> None:
    made_up.write("shops", _SHOP)
    await make_migrations(made_up.apps)
    made_up.write("shops", _SHOP_ANEW)
    await make_migrations(made_up.apps)
    together, applied = processes.Barrier(3), processes.SimpleQueue()

    crowd = [start(upgrade_at_once, database_url, made_up, together, applied) for _ in range(3)]

    assert [join(process) for process in crowd] == [0, 0, 0]
    names = [name for _ in crowd for name in applied.get()]
    assert sorted(names) == ["shops.0001_initial", "shops.0002_alter_shop"]


async def test_upgrade_killed_at_any_statement_is_completed_by_the_next(made_up: MadeUpApps, database_url: str) -> None:
    made_up.write("shops", _SHOP)
    await made_up.migrate(database_url)
    await execute(
        database_url, "INSERT INTO shop (name) VALUES ('North')", "INSERT INTO item (shop_id) VALUES (1), (1), (1)"
    )
    made_up.write("shops", _SHOP_ANEW)
    await make_migrations(made_up.apps)
    async with open_database(database_url, made_up.apps) as database:
        statements = read_migrations(made_up.apps[0])[-1].statements(database.dialect)

    for count in range(len(statements)):
        assert join(start(upgrade_until_killed, database_url, made_up, count)) == -signal.SIGKILL
        async with open_database(database_url, made_up.apps) as database:
            assert await pending(database) == {"shops": ["0002_alter_shop"]}
            assert await rows(database, "SELECT name FROM shop") == [("North",)]

    assert await made_up.migrate(database_url) == ["shops.0002_alter_shop"]
    async with open_database(database_url, made_up.apps) as database:
        assert await rows(database, "SELECT name, city FROM shop") == [("North", None)]
        assert await rows(database, "SELECT count(*) FROM item WHERE shop_id = 1") == [(3,)]
