"""Schemas change on both engines without losing a row, and end as Tortoise itself would have made them."""

import pytest
from tortoise.context import require_context

from core.database import open_database
from core.migration import make_migrations
from tests.core.made_up_apps import MadeUpApps, execute, rows
from tests.core.observed_schema import Facts, observed_schema

_SHOP = """
class Shop(Model):
    id = fields.IntField(primary_key=True)
    name = fields.CharField(40, unique=True)
    motto = fields.CharField(200, null=True)
    size = fields.IntField(default=1)
    city = fields.CharField(40, db_index=True)
    {more}

    class Meta:
        table = "shop"
"""
_ITEM = """
class Item(Model):
    id = fields.CharField(16, primary_key=True)
    shop = fields.ForeignKeyField("{app}.Shop", related_name="items", db_index=True)
    title = fields.CharField(100)

    class Meta:
        table = "item"
"""
_PLAIN_SHOP = _SHOP.format(more="")
_SHOPS_AND_ITEMS = _PLAIN_SHOP + _ITEM.format(app="shops")

_CHANGES = {
    "a nullable column": ("size = ", "opened = fields.DateField(null=True)\n    size = "),
    "a column with a default": ("size = ", "stars = fields.IntField(default=3)\n    size = "),
    "a column with a database default": ("size = ", "stars = fields.IntField(db_default=3)\n    size = "),
    "a column filled with the time": ("size = ", "made = fields.DatetimeField(auto_now_add=True)\n    size = "),
    "a JSON column": ("size = ", "tags = fields.JSONField(default=list)\n    size = "),
    "a yes-or-no column": ("size = ", "open = fields.BooleanField(default=True)\n    size = "),
    "a text with a quote": ("size = ", 'note = fields.CharField(20, default="it\'s")\n    size = '),
    "a unique column": ("size = ", "code = fields.CharField(9, null=True, unique=True)\n    size = "),
    "a dropped column": ("    motto = fields.CharField(200, null=True)\n", ""),
    "a wider column": ("motto = fields.CharField(200", "motto = fields.CharField(400"),
    "another type": ("size = fields.IntField(", "size = fields.BigIntField("),
    "no longer nullable": ("motto = fields.CharField(200, null=True)", 'motto = fields.CharField(200, default="-")'),
    "nullable": ("title = fields.CharField(100)", "title = fields.CharField(100, null=True)"),
    "no longer unique": ("name = fields.CharField(40, unique=True)", "name = fields.CharField(40)"),
    "unique": ("title = fields.CharField(100)", "title = fields.CharField(100, unique=True)"),
    "unique together": ('table = "item"', 'table = "item"\n        unique_together = (("shop", "title"),)'),
    "an index": ("size = fields.IntField(default=1)", "size = fields.IntField(default=1, db_index=True)"),
    "no index": ("city = fields.CharField(40, db_index=True)", "city = fields.CharField(40)"),
    "an index over two": ('table = "shop"', 'table = "shop"\n        indexes = (Index(fields=("city", "size")),)'),
    "another fate of children": ("db_index=True)\n    title", "db_index=True, on_delete=fields.RESTRICT)\n    title"),
    "a new foreign key": (
        "    title",
        '    twin = fields.ForeignKeyField("shops.Item", null=True, db_index=True, related_name="twins")\n    title',
    ),
    "a new table": (
        'table = "item"\n',
        'table = "item"\n' + _SHOP.replace("Shop", "Stall").replace('"shop"', '"stall"').format(more=""),
    ),
}


async def _fill(url: str) -> None:
    await execute(
        url,
        "INSERT INTO shop (name, motto, size, city) VALUES ('North', NULL, 4, 'Oslo'), ('South', 'Hi', 5, 'Rome')",
        "INSERT INTO item (id, shop_id, title) VALUES ('a', 1, 'Lamp'), ('b', 1, 'Rug'), ('c', 2, 'Bed')",
    )


async def _generated(made_up: MadeUpApps, url: str) -> Facts:
    async with open_database(url, made_up.apps) as database:
        await require_context().generate_schemas(safe=False)
        return await observed_schema(database)


async def test_fresh_schema_is_the_one_tortoise_generates(made_up: MadeUpApps, database_url: str) -> None:
    made_up.write("shops", _SHOPS_AND_ITEMS)
    expected = await _generated(made_up, database_url)
    await execute(database_url, "DROP TABLE item", "DROP TABLE shop", "DROP TABLE aerich")

    await made_up.migrate(database_url)

    async with open_database(database_url, made_up.apps) as database:
        assert await observed_schema(database) == expected


@pytest.mark.parametrize("change", _CHANGES)
async def test_changed_schema_keeps_all_rows_and_is_the_one_tortoise_generates(
    made_up: MadeUpApps, database_url: str, change: str
) -> None:
    before, after = _CHANGES[change]
    made_up.write("shops", _SHOPS_AND_ITEMS)
    await made_up.migrate(database_url)
    await _fill(database_url)
    made_up.write("shops", _SHOPS_AND_ITEMS.replace(before, after))

    assert len(await made_up.migrate(database_url)) == 1

    async with open_database(database_url, made_up.apps) as database:
        assert await rows(database, "SELECT id, shop_id FROM item ORDER BY id") == [("a", 1), ("b", 1), ("c", 2)]
        assert await rows(database, "SELECT name, size FROM shop ORDER BY id") == [("North", 4), ("South", 5)]
        found = await observed_schema(database)
    await execute(database_url, "DROP TABLE item", "DROP TABLE shop", "DROP TABLE IF EXISTS stall", "DROP TABLE aerich")
    assert found == await _generated(made_up, database_url)
    assert await make_migrations(made_up.apps) == []
