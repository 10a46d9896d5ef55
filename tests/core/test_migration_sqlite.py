"""What lives through a SQLite table that is made anew because it cannot be altered."""

import pytest

from core.database import open_database
from core.migration import MigrationError, make_migrations, upgrade
from tests.core.made_up_apps import MadeUpApps, execute, rows

_SHOP = """
class Shop(Model):
    id = fields.IntField(primary_key=True)
    name = fields.CharField(40)
    motto = fields.CharField(200, null=True)

    class Meta:
        table = "shop"
"""
_SHOP_ANEW = _SHOP.replace("CharField(40)", "CharField(80)")  # SQLite can do that only by making the table anew
_REVIEW = """
class Review(Model):
    id = fields.IntField(primary_key=True)
    shop = fields.ForeignKeyField("shops.Shop", related_name="reviews")
    likes = fields.ManyToManyField("shops.Shop", related_name="likers", through="review_like")

    class Meta:
        table = "review"
"""


async def test_every_foreign_key_has_an_index(made_up: MadeUpApps, sqlite_url: str) -> None:
    made_up.write("shops", _SHOP)
    made_up.write("reviews", _REVIEW)

    await made_up.migrate(sqlite_url)

    async with open_database(sqlite_url, made_up.apps) as database:
        for table, column in (("review", "shop_id"), ("review_like", "review_id"), ("review_like", "shop_id")):
            plan = await rows(database, f"EXPLAIN QUERY PLAN SELECT 1 FROM {table} WHERE {column} = 1")
            assert "USING COVERING INDEX" in str(plan)


async def test_dangling_reference_is_refused_and_foreign_keys_are_enforced_again(
    made_up: MadeUpApps, sqlite_url: str
) -> None:
    made_up.write("shops", _SHOP)
    made_up.write("reviews", _REVIEW)
    await made_up.migrate(sqlite_url)
    made_up.write("shops", _SHOP_ANEW)
    [path] = await make_migrations(made_up.apps)
    path.write_text(path.read_text().replace('"sqlite": [', '"sqlite": ["INSERT INTO review (shop_id) VALUES (9)",'))

    async with open_database(sqlite_url, made_up.apps) as database:
        with pytest.raises(MigrationError, match=r"1 rows point at rows that do not exist \(review -> shop\)"):
            await upgrade(database)
        assert await rows(database, "PRAGMA foreign_keys") == [(1,)]
        assert await rows(database, "SELECT count(*) FROM review") == [(0,)]


async def test_what_plugins_attached_by_hand_outlives_a_rebuild(made_up: MadeUpApps, sqlite_url: str) -> None:
    made_up.write("shops", _SHOP)
    await made_up.migrate(sqlite_url)
    await execute(
        sqlite_url,
        "CREATE VIRTUAL TABLE shop_text USING fts5(name)",
        "CREATE TRIGGER shop_words AFTER INSERT ON shop BEGIN INSERT INTO shop_text VALUES (new.name); END",
        "CREATE TRIGGER elsewhere AFTER DELETE ON aerich BEGIN DELETE FROM shop; END",
        "CREATE VIEW loud AS SELECT upper(name) AS name FROM shop",
        "CREATE INDEX shop_loud ON shop (upper(name))",
    )
    made_up.write("shops", _SHOP_ANEW)

    await made_up.migrate(sqlite_url)

    async with open_database(sqlite_url, made_up.apps) as database:
        await database.client.execute_query("INSERT INTO shop (name) VALUES ('North')")
        assert await rows(database, "SELECT name FROM shop_text UNION SELECT name FROM loud") == [
            ("NORTH",),
            ("North",),
        ]
        names = await rows(database, "SELECT name FROM sqlite_schema WHERE name IN ('shop_loud', 'elsewhere')")
        assert len(names) == 2


async def test_keys_of_deleted_rows_are_not_given_again_after_a_rebuild(made_up: MadeUpApps, sqlite_url: str) -> None:
    made_up.write("shops", _SHOP)
    await made_up.migrate(sqlite_url)
    await execute(sqlite_url, "INSERT INTO shop (name) VALUES ('North'), ('South')", "DELETE FROM shop")
    made_up.write("shops", _SHOP_ANEW)

    await made_up.migrate(sqlite_url)

    await execute(sqlite_url, "INSERT INTO shop (name) VALUES ('East')")
    async with open_database(sqlite_url, made_up.apps) as database:
        assert await rows(database, "SELECT id FROM shop") == [(3,)]
