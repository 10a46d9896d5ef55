"""A database schema as plain values: what the models ask for, what a migration file remembers, what plans compare."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from core.database import Dialect


class MigrationError(Exception):
    """A migration cannot be made or applied; the message says which one and what to do."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column in the words of one dialect."""

    type: str
    """The SQL type; of a generated column everything behind its name, as in `SERIAL NOT NULL PRIMARY KEY`."""
    null: bool = False
    primary: bool = False
    generated: bool = False
    default: str | None = None
    """What the database fills in, as SQL. A default that Python fills in is no part of the schema."""

    def definition(self, name: str, default: str | None = None) -> str:
        """Return the column as CREATE TABLE and ADD COLUMN take it; `default` stands in for a missing one."""
        if self.generated:
            return f'"{name}" {self.type}'
        default = self.default if default is None else default
        parts = (
            f'"{name}" {self.type}',
            "" if self.null else "NOT NULL",
            "PRIMARY KEY" if self.primary else "",
            "" if default is None else f"DEFAULT {default}",
        )
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Table:
    """One table. Constraints and indexes are SQL by name: equal text is an equal thing."""

    columns: Mapping[str, Column]
    uniques: Mapping[str, str] = field(default_factory=dict)
    """As in `UNIQUE ("owner_id", "name")`."""
    foreign_keys: Mapping[str, str] = field(default_factory=dict)
    """As in `FOREIGN KEY ("owner_id") REFERENCES "user" ("id") ON DELETE CASCADE`."""
    indexes: Mapping[str, str] = field(default_factory=dict)
    """The whole CREATE INDEX statement."""

    def create(self, name: str, *, foreign_keys: bool) -> str:
        """Return the CREATE TABLE statement, without its indexes."""
        constraints = dict(self.uniques) | (dict(self.foreign_keys) if foreign_keys else {})
        lines = [column.definition(column_name) for column_name, column in self.columns.items()]
        lines += [f'CONSTRAINT "{constraint}"\n        {sql}' for constraint, sql in constraints.items()]
        return f'CREATE TABLE "{name}" (\n    ' + ",\n    ".join(lines) + "\n)"


Schema = Mapping[str, Table]
"""The tables of one app in one dialect, by name."""

Fills = Mapping[str, Mapping[str, str]]
"""By table and column: SQL for the value that rows without one get. It is the model's Python default."""

Schemas = dict[Dialect, dict[str, Table]]

_STATE = TypeAdapter(Schemas)


def to_state(schemas: Schemas) -> dict[str, Any]:
    """Return what a migration file keeps of the schema it leads to."""
    state: dict[str, Any] = _STATE.dump_python(schemas, mode="json", exclude_defaults=True)
    return state


def from_state(state: Mapping[str, Any]) -> Schemas:
    """Return the schema that `to_state` kept."""
    return _STATE.validate_python(state)
