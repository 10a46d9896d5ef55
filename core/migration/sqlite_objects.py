"""Keep the triggers, views and unknown indexes of SQLite tables through a migration that makes the tables anew.

A rebuilt table takes with it what plugins attached to it by hand, such as the triggers of a full-text index, and a
rename fails while a trigger elsewhere mentions the missing table.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tortoise.backends.base.client import BaseDBAsyncClient


@dataclass(frozen=True, slots=True)
class _Attached:
    type: str
    name: str
    table: str
    sql: str


async def set_aside(connection: BaseDBAsyncClient) -> list[_Attached]:
    """Remember what is attached to tables, and remove what would stand in the way."""
    attached = await _attached(connection)
    for item in attached:
        if item.type != "index":
            await connection.execute_query(f'DROP {item.type} "{item.name}"')
    return attached


async def put_back(connection: BaseDBAsyncClient, attached: Sequence[_Attached], statements: Sequence[str]) -> None:
    """Attach again what is gone though its table is not, except for what the migration's statements dropped by name."""
    rows = await connection.execute_query_dict("SELECT name FROM sqlite_schema WHERE type = 'table'")
    tables = {row["name"] for row in rows}
    present = {(item.type, item.name) for item in await _attached(connection)}
    for item in attached:
        dropped = any(statement.startswith(f'DROP {item.type.upper()} "{item.name}"') for statement in statements)
        if (item.type, item.name) not in present and not dropped and (item.type == "view" or item.table in tables):
            await connection.execute_query(item.sql)


async def _attached(connection: BaseDBAsyncClient) -> list[_Attached]:
    rows = await connection.execute_query_dict(
        "SELECT type, name, tbl_name, sql FROM sqlite_schema"
        " WHERE type IN ('index', 'trigger', 'view') AND sql IS NOT NULL ORDER BY type, rowid"
    )
    return [_Attached(row["type"], row["name"], row["tbl_name"], row["sql"]) for row in rows]
