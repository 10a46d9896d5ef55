"""What an upgrade leaves alone, what it refuses, and what lives through a table that is made anew."""

import asyncpg
import pytest

from core.database import open_database
from core.migration import MigrationError, check_schema_is_known, make_migrations, pending, upgrade
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


async def test_new_columns_hold_the_defaults_of_their_fields(made_up: MadeUpApps, database_url: str) -> None:
    made_up.write("shops", _SHOP)
    await made_up.migrate(database_url)
    await execute(database_url, "INSERT INTO shop (name) VALUES ('North')")
    new = """
    note = fields.CharField(20, default="it's")
    open = fields.BooleanField(default=True)
    tags = fields.JSONField(default=list)
    made = fields.DatetimeField(auto_now_add=True)
    hint = fields.IntField(null=True, default=5)
"""
    made_up.write("shops", _SHOP.replace("(200, null=True)", '(200, default="-")' + new))

    await made_up.migrate(database_url)

    async with open_database(database_url, made_up.apps):
        shop = await made_up.model("shops", "Shop").get()
        assert (shop.motto, shop.note, shop.open, shop.tags, shop.hint) == ("-", "it's", True, [], None)
        assert shop.made.utcoffset() is not None


async def test_children_outlive_the_rebuild_of_their_parent(made_up: MadeUpApps, database_url: str) -> None:
    made_up.write("shops", _SHOP)
    made_up.write("reviews", _REVIEW)
    await made_up.migrate(database_url)
    await execute(
        database_url,
        "INSERT INTO shop (name) VALUES ('North')",
        "INSERT INTO review (shop_id) VALUES (1), (1), (1)",
        "INSERT INTO review_like (review_id, shop_id) VALUES (1, 1), (2, 1)",
    )
    made_up.write("shops", _SHOP_ANEW)

    assert await made_up.migrate(database_url) == ["shops.0002_alter_shop"]

    async with open_database(database_url, made_up.apps) as database:
        assert await rows(database, "SELECT count(*) FROM review") == [(3,)]
        assert await rows(database, "SELECT count(*) FROM review_like") == [(2,)]
        await database.client.execute_query("DELETE FROM shop")
        assert await rows(database, "SELECT count(*) FROM review") == [(0,)]  # the keys still point at the new table


async def test_app_taken_out_of_the_settings_keeps_its_tables(made_up: MadeUpApps, database_url: str) -> None:
    made_up.write("shops", _SHOP)
    made_up.write("reviews", _REVIEW)
    await made_up.migrate(database_url)
    await execute(database_url, "INSERT INTO shop (name) VALUES ('North')", "INSERT INTO review (shop_id) VALUES (1)")
    made_up.remove("reviews")
    made_up.write("shops", _SHOP_ANEW)

    assert await made_up.migrate(database_url) == ["shops.0002_alter_shop"]

    made_up.write("reviews", _REVIEW)
    assert await made_up.migrate(database_url) == []
    async with open_database(database_url, made_up.apps) as database:
        assert await rows(database, "SELECT shop_id FROM review") == [(1,)]


async def test_core_is_first_and_plugins_follow_in_order(made_up: MadeUpApps, database_url: str) -> None:
    made_up.write("shops", _SHOP)
    made_up.write("reviews", _REVIEW)
    made_up.write("visits", _REVIEW.replace("eview", "isit").replace("likers", "guests"))
    await make_migrations(made_up.apps)

    async with open_database(database_url, made_up.apps) as database:
        assert list(await pending(database)) == ["shops", "reviews", "visits"]
        assert await upgrade(database) == ["shops.0001_initial", "reviews.0001_initial", "visits.0001_initial"]
        assert await pending(database) == {}
        assert await upgrade(database) == []


async def test_newer_database_is_refused_with_the_remedy(made_up: MadeUpApps, database_url: str) -> None:
    made_up.write("shops", _SHOP)
    await made_up.migrate(database_url)
    made_up.write("shops", _SHOP_ANEW)
    await made_up.migrate(database_url)
    made_up.apps[0].migrations.joinpath("0002_alter_shop.py").unlink()

    async with open_database(database_url, made_up.apps) as database:
        with pytest.raises(
            MigrationError, match=r"has shops.0002_alter_shop.*Run the newer program, or restore a backup"
        ):
            await check_schema_is_known(database)
        with pytest.raises(MigrationError, match="newer than this program"):
            await upgrade(database)


async def test_failing_migration_changes_nothing(made_up: MadeUpApps, database_url: str) -> None:
    made_up.write("shops", _SHOP)
    await made_up.migrate(database_url)
    await execute(database_url, "INSERT INTO shop (name) VALUES ('North'), ('North')")
    made_up.write("shops", _SHOP_ANEW.replace("CharField(80)", "CharField(80, unique=True)"))

    with pytest.raises(MigrationError, match="0002_alter_shop was not applied and changed nothing"):
        await made_up.migrate(database_url)

    async with open_database(database_url, made_up.apps) as database:
        assert await rows(database, "SELECT id, name FROM shop") == [(1, "North"), (2, "North")]
        assert await pending(database) == {"shops": ["0002_alter_shop"]}


async def test_upgrade_gives_up_before_a_long_transaction_makes_all_writers_wait(
    made_up: MadeUpApps, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.database._TABLE_LOCK_TIMEOUT", "100ms")
    made_up.write("shops", _SHOP)
    await made_up.migrate(postgres_url)
    made_up.write("shops", _SHOP_ANEW)
    reader = await asyncpg.connect(postgres_url)

    async with reader.transaction():
        await reader.fetch("SELECT * FROM shop")
        with pytest.raises(
            MigrationError, match="0002_alter_shop was not applied: a long transaction holds one of its"
        ):
            await made_up.migrate(postgres_url)
    await reader.close()

    assert await made_up.migrate(postgres_url) == ["shops.0002_alter_shop"]


async def test_tables_may_refer_to_each_other(made_up: MadeUpApps, database_url: str) -> None:
    best = '    best = fields.ForeignKeyField("shops.Review", "best_of", fields.SET_NULL, null=True)\n'
    made_up.write("shops", _SHOP.replace("    motto", best + "    motto") + _REVIEW)
    await made_up.migrate(database_url)

    await execute(
        database_url,
        "INSERT INTO shop (name) VALUES ('North')",
        "INSERT INTO review (shop_id) VALUES (1)",
        "UPDATE shop SET best_id = 1",
        "DELETE FROM review",
    )

    async with open_database(database_url, made_up.apps) as database:
        assert await rows(database, "SELECT best_id FROM shop") == [(None,)]
