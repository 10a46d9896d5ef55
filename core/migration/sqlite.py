"""Write the statements that turn one schema into another on SQLite, which can alter little of a table in place.

The rest is its documented procedure (https://www.sqlite.org/lang_altertable.html, section 7): make a new table, copy,
drop, rename. It needs foreign keys switched off around it, which `Database.schema_change` does.
"""

from collections.abc import Iterator

from core.migration.changes import Changes, TableChange
from core.migration.schema import Table


def sqlite_statements(changes: Changes) -> list[str]:
    """Return the statements in order."""
    statements = changes.rename_statements()
    statements += [f'DROP TABLE "{name}"' for name in changes.dropped]
    for name, table in changes.created.items():
        statements.append(table.create(name, foreign_keys=True))
        statements += table.indexes.values()
    for change in changes.altered:
        statements += _change_table(change)
    return statements


def _change_table(change: TableChange) -> Iterator[str]:
    old, new = change.old.indexes, change.new.indexes
    # Indexes go by name, even where the table goes too: a dropped table's unknown indexes are put back afterwards.
    for name in [name for name, sql in old.items() if new.get(name) != sql]:
        yield f'DROP INDEX "{name}"'
    if _fits_in_place(change):
        for name, column in change.added.items():
            yield f'ALTER TABLE "{change.name}" ADD COLUMN {column.definition(name)}'
        yield from (sql for name, sql in new.items() if old.get(name) != sql)
    else:
        yield from _rebuild(change)
        yield from new.values()


def _fits_in_place(change: TableChange) -> bool:
    old, new = change.old, change.new
    return (
        not change.dropped
        and not list(change.altered)
        and all(column.null and column.default is None and not column.generated for column in change.added.values())
        and (old.uniques, old.foreign_keys) == (new.uniques, new.foreign_keys)
    )


def _rebuild(change: TableChange) -> Iterator[str]:
    table, copy = change.name, f"new__{change.name}"
    stored = [name for name, column in change.new.columns.items() if column.primary or not column.generated]
    values = {name: _value(change, name) for name in stored}
    yield change.new.create(copy, foreign_keys=True)
    columns = ",\n    ".join(f'"{name}"' for name in values)
    expressions = ",\n    ".join(values.values())
    yield f'INSERT INTO "{copy}" (\n    {columns}\n)\nSELECT\n    {expressions}\nFROM "{table}"'
    if _counts_its_keys(change.new):
        # Without its counter the table would give the keys of deleted rows to new ones.
        yield f"DELETE FROM sqlite_sequence WHERE name = '{copy}'"
        counter = f"SELECT '{copy}', seq FROM sqlite_sequence WHERE name = '{table}'"
        yield f"INSERT INTO sqlite_sequence (name, seq) {counter}"
    yield f'DROP TABLE "{table}"'
    yield f'ALTER TABLE "{copy}" RENAME TO "{table}"'


def _value(change: TableChange, name: str) -> str:
    value, column = change.value(name), change.new.columns[name]
    if name in change.added:
        return value if value is not None and (column.default or not column.null) else "NULL"
    if change.old.columns[name].null and not column.null and value is not None:
        return f'COALESCE("{name}", {value})'
    return f'"{name}"'


def _counts_its_keys(table: Table) -> bool:
    return any("AUTOINCREMENT" in column.type for column in table.columns.values())
