"""Compare two schemas, and refuse what would lose data or cannot be applied to rows that exist."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.migration.schema import Column, Fills, MigrationError, Schema, Table

Renames = Mapping[str, str]
"""As in `{"video.title": "name"}`: columns that keep their values under a new name."""


@dataclass(frozen=True, slots=True)
class TableChange:
    """One table before and after. `fill` is SQL, by column, for rows that have no value there yet."""

    name: str
    old: Table
    new: Table
    fill: Mapping[str, str]

    @property
    def added(self) -> dict[str, Column]:
        """Columns that only the new table has."""
        return {name: column for name, column in self.new.columns.items() if name not in self.old.columns}

    @property
    def dropped(self) -> list[str]:
        """Columns that only the old table has."""
        return [name for name in self.old.columns if name not in self.new.columns]

    @property
    def altered(self) -> Iterator[tuple[str, Column, Column]]:
        """Name, old and new of the columns that both tables have and that differ."""
        for name, column in self.new.columns.items():
            if name in self.old.columns and self.old.columns[name] != column:
                yield name, self.old.columns[name], column

    def value(self, column: str) -> str | None:
        """Return SQL for what a row without a value gets there, or None when there is no such value."""
        default = self.new.columns[column].default
        return self.fill.get(column) if default is None else default


@dataclass(frozen=True, slots=True)
class Changes:
    """What turns one schema into another."""

    renamed: Mapping[str, Mapping[str, str]]
    """By table: old column name to new."""
    created: Mapping[str, Table]
    dropped: tuple[str, ...]
    altered: tuple[TableChange, ...]

    def rename_statements(self) -> list[str]:
        """Return the renames in the words that both dialects share."""
        return [
            f'ALTER TABLE "{table}" RENAME COLUMN "{old}" TO "{new}"'
            for table, columns in self.renamed.items()
            for old, new in columns.items()
        ]


def compare(old: Schema, new: Schema, fills: Fills, renames: Renames) -> Changes:
    """Return what changed; `old` is from before the renames. Raises MigrationError for what nobody should guess."""
    renamed = _renamed_columns(old, renames)
    before = {name: _rename(table, renamed.get(name, {})) for name, table in old.items()}
    created = {name: table for name, table in new.items() if name not in before}
    dropped = tuple(name for name in before if name not in new)
    if created and dropped:
        raise MigrationError(
            f"Tables {_list(dropped)} would be dropped and {_list(created)} created. If that is a rename, the"
            " rows would be lost. Make it two migrations: create, copy the rows, then drop."
        )
    altered = tuple(
        TableChange(name, before[name], table, fills.get(name, {}))
        for name, table in new.items()
        if name in before and before[name] != table
    )
    for change in altered:
        _check(change)
    return Changes(renamed, created, dropped, altered)


def _check(change: TableChange) -> None:
    if change.added and change.dropped:
        raise MigrationError(
            f"{change.name} would lose {_list(change.dropped)} and gain {_list(change.added)}. Name the columns that"
            f" keep their values, as in {change.name}.{change.dropped[0]}={next(iter(change.added))},"
            " or drop and add in two migrations."
        )
    for name, column in change.added.items():
        if not column.null and not column.generated and change.value(name) is None:
            raise MigrationError(
                f"{change.name}.{name} is new and NOT NULL, but its default is nothing that rows which exist could get."
                " Give the field a constant default or db_default, or null=True."
            )
    for name, before, after in change.altered:
        if before.primary or after.primary or before.generated or after.generated:
            raise MigrationError(
                f"{change.name}.{name} is a primary key or a generated column and cannot change in place."
                " Add a new table, copy the rows, then drop this one."
            )


def _renamed_columns(old: Schema, renames: Renames) -> dict[str, dict[str, str]]:
    renamed: dict[str, dict[str, str]] = {}
    for place, new_name in renames.items():
        table, _, column = place.partition(".")
        if table in old and column in old[table].columns:
            renamed.setdefault(table, {})[column] = new_name
    return renamed


def _rename(table: Table, names: Mapping[str, str]) -> Table:
    columns = {names.get(name, name): column for name, column in table.columns.items()}
    return Table(columns, table.uniques, table.foreign_keys, table.indexes)


def _list(names: Mapping[str, object] | tuple[str, ...] | list[str]) -> str:
    return ", ".join(names)
