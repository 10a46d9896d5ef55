"""Write the statements that turn one schema into another on PostgreSQL."""

from collections.abc import Iterator, Mapping

from core.migration.changes import Changes, TableChange
from core.migration.schema import Column, Table


def postgres_statements(changes: Changes) -> list[str]:
    """Return the statements in order: what stands in the way goes first, what needs the new columns comes last."""
    statements = changes.rename_statements()
    for change in changes.altered:
        statements += _drop_indexes_and_constraints(change)
    if changes.dropped:
        # In one statement, because the tables may refer to each other.
        statements.append("DROP TABLE " + ", ".join(f'"{name}"' for name in changes.dropped))
    for name, table in changes.created.items():
        statements.append(table.create(name, foreign_keys=False))
    for change in changes.altered:
        statements += _change_columns(change)
        statements += _add_constraints(change.name, change.new.uniques, change.old.uniques)
    # Foreign keys come after all tables, which may refer to each other in a circle.
    for name, table in changes.created.items():
        statements += _foreign_keys_and_indexes(name, table, Table({}))
    for change in changes.altered:
        statements += _foreign_keys_and_indexes(change.name, change.new, change.old)
    return statements


def _drop_indexes_and_constraints(change: TableChange) -> Iterator[str]:
    for name in _gone(change.old.indexes, change.new.indexes):
        yield f'DROP INDEX "{name}"'
    for old, new in ((change.old.foreign_keys, change.new.foreign_keys), (change.old.uniques, change.new.uniques)):
        for name in _gone(old, new):
            yield f'ALTER TABLE "{change.name}" DROP CONSTRAINT "{name}"'


def _change_columns(change: TableChange) -> Iterator[str]:
    for name in change.dropped:
        yield f'ALTER TABLE "{change.name}" DROP COLUMN "{name}"'
    for name, column in change.added.items():
        yield from _add_column(change, name, column)
    for name, old, new in change.altered:
        yield from _alter_column(change, name, old, new)


def _add_column(change: TableChange, name: str, column: Column) -> Iterator[str]:
    needs_value = not column.null and column.default is None and not column.generated
    value = change.value(name) if needs_value else None
    yield f'ALTER TABLE "{change.name}" ADD COLUMN {column.definition(name, value)}'
    if needs_value:
        yield f'ALTER TABLE "{change.name}" ALTER COLUMN "{name}" DROP DEFAULT'


def _alter_column(change: TableChange, name: str, old: Column, new: Column) -> Iterator[str]:
    alter = f'ALTER TABLE "{change.name}" ALTER COLUMN "{name}"'
    if old.type != new.type:
        if old.default is not None:
            yield f"{alter} DROP DEFAULT"  # PostgreSQL refuses to convert a default along with the column
        yield f'{alter} TYPE {new.type} USING "{name}"::{new.type}'
    if old.default != new.default or (new.default is not None and old.type != new.type):
        yield f"{alter} DROP DEFAULT" if new.default is None else f"{alter} SET DEFAULT {new.default}"
    if old.null and not new.null and (value := change.value(name)) is not None:
        yield f'UPDATE "{change.name}" SET "{name}" = {value} WHERE "{name}" IS NULL'
    if old.null != new.null:
        yield f"{alter} {'DROP' if new.null else 'SET'} NOT NULL"


def _foreign_keys_and_indexes(name: str, new: Table, old: Table) -> Iterator[str]:
    yield from _add_constraints(name, new.foreign_keys, old.foreign_keys)
    for index in _gone(new.indexes, old.indexes):
        yield new.indexes[index]


def _add_constraints(table: str, new: Mapping[str, str], old: Mapping[str, str]) -> Iterator[str]:
    for name in _gone(new, old):
        yield f'ALTER TABLE "{table}"\n    ADD CONSTRAINT "{name}"\n    {new[name]}'


def _gone(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    return [name for name, sql in before.items() if after.get(name) != sql]
