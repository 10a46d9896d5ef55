"""Read the schema that a set of Tortoise models asks for, in the words of one dialect."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.schema_generator import BaseSchemaGenerator
from tortoise.fields import DatetimeField, Field
from tortoise.fields.relational import ForeignKeyFieldInstance, ManyToManyFieldInstance
from tortoise.indexes import Index
from tortoise.models import Model

from core.database import Dialect
from core.migration.literals import NOW, literal
from core.migration.schema import Column, Fills, Table
from core.sqlite_engine import SqliteClient


def describe(models: Iterable[type[Model]], dialect: Dialect) -> dict[str, Table]:
    """Return the tables of the models, many-to-many tables included, named as Tortoise's `generate_schemas` does.

    One thing is added: every foreign key gets an index unless another one starts with its column. Neither engine makes
    one, and each deleted parent would scan all children.
    """
    models = list(models)
    reader = _Reader(dialect)
    tables = {model._meta.db_table: reader.table(model) for model in models}
    for model in models:
        for name, table in reader.many_to_many_tables(model):
            tables.setdefault(name, table)  # a `through` table that is a model of its own is already there
    return tables


def fills(models: Iterable[type[Model]], dialect: Dialect) -> Fills:
    """Return what existing rows get in a column that is added or stops being nullable: the model's default."""
    return {
        model._meta.db_table: {
            column: sql for column, field in _columns(model) if (sql := _fill(field, model, dialect)) is not None
        }
        for model in models
    }


class _Reader:
    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        # Tortoise's generator knows the names of constraints and indexes; the client is never connected.
        client: BaseDBAsyncClient = SqliteClient("", connection_name="")
        if dialect == "postgres":
            client = AsyncpgDBClient(connection_name="")
        self._names: BaseSchemaGenerator = client.schema_generator(client)

    def table(self, model: type[Model]) -> Table:
        columns = {name: self._column(field, model) for name, field in _columns(model)}
        uniques: list[Sequence[str]] = [(name,) for name, field in _columns(model) if field.unique and not field.pk]
        uniques += [_column_names(model, names) for names in model._meta.unique_together]
        foreign_keys = dict(self._foreign_keys(model))
        primary = [(name,) for name, column in columns.items() if column.primary]
        return Table(
            columns=columns,
            uniques={self._names._get_index_name("uid", model, names): _unique(names) for names in uniques},
            foreign_keys=foreign_keys,
            indexes=self._indexes(model, leading={names[0] for names in (*primary, *uniques)}),
        )

    def many_to_many_tables(self, model: type[Model]) -> Iterator[tuple[str, Table]]:
        for field_name in sorted(model._meta.m2m_fields):
            relation = cast("ManyToManyFieldInstance[Model]", model._meta.fields_map[field_name])
            if not relation._generated:
                yield relation.through, self._many_to_many_table(model, relation)

    def _many_to_many_table(self, model: type[Model], relation: ManyToManyFieldInstance[Model]) -> Table:
        through = relation.through
        ends = {relation.backward_key: model, relation.forward_key: relation.related_model}
        foreign_keys = {}
        for column, end in ends.items():
            table, key = end._meta.db_table, end._meta.db_pk_column
            name = self._names._get_fk_name(through, column, table, key)
            foreign_keys[name] = _foreign_key(column, table, key, relation.on_delete)
        pair = self._names._get_index_name("uidx", through, list(ends))
        forward = self._names._get_index_name("idx", through, [relation.forward_key])
        indexes = {forward: f'CREATE INDEX "{forward}" ON "{through}" ("{relation.forward_key}")'}
        if relation.unique:
            indexes[pair] = f'CREATE UNIQUE INDEX "{pair}" ON "{through}" ({_quoted(list(ends))})'
        return Table(
            columns={column: Column(self._type(end._meta.pk)) for column, end in ends.items()},
            foreign_keys=foreign_keys if relation.db_constraint else {},
            indexes=indexes,
        )

    def _column(self, field: Field[Any], model: type[Model]) -> Column:
        if field.generated and (generated := field.get_for_dialect(self._dialect, "GENERATED_SQL")):
            if field.pk:
                return Column(generated, primary=True, generated=True)
            null = "" if field.null else " NOT NULL"
            return Column(f"{self._type(field)} {generated}{null}", null=field.null, generated=True)
        default = self._default(field, model) if field.has_db_default() else None
        return Column(self._type(field), null=field.null, primary=field.pk, default=default)

    def _type(self, field: Field[Any]) -> str:
        return cast("str", field.get_for_dialect(self._dialect, "SQL_TYPE"))

    def _default(self, field: Field[Any], model: type[Model]) -> str:
        if hasattr(field.db_default, "get_sql"):
            return cast("str", field.db_default.get_sql(dialect=self._dialect))
        return literal(field.to_db_value(field.db_default, model), self._dialect)

    def _foreign_keys(self, model: type[Model]) -> Iterator[tuple[str, str]]:
        for column, field in _columns(model):
            reference = cast("ForeignKeyFieldInstance[Model] | None", field.reference)
            if reference is None or not reference.db_constraint:
                continue
            parent = reference.related_model._meta.db_table
            target = reference.to_field_instance
            key = target.source_field or target.model_field_name
            name = self._names._get_fk_name(model._meta.db_table, column, parent, key)
            yield name, _foreign_key(column, parent, key, reference.on_delete)

    def _indexes(self, model: type[Model], leading: set[str]) -> dict[str, str]:
        indexes = [Index(fields=(name,)) for name, field in _columns(model) if field.index and not field.pk]
        indexes += [
            index if isinstance(index, Index) else Index(fields=_column_names(model, index))
            for index in model._meta.indexes
        ]
        leading = leading | {index.field_names[0] for index in indexes if not index.extra}
        indexes += [Index(fields=(name,)) for name, field in _columns(model) if field.reference and name not in leading]
        return {
            index.index_name(self._names, model): index.get_sql(self._names, model, safe=False).rstrip(";")
            for index in indexes
        }


def _columns(model: type[Model]) -> list[tuple[str, Field[Any]]]:
    meta = model._meta
    return [(column, meta.fields_map[name]) for name, column in meta.fields_db_projection.items()]


def _column_names(model: type[Model], fields: Iterable[str]) -> tuple[str, ...]:
    return tuple(model._meta.fields_map[name].source_field or name for name in fields)


def _quoted(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _unique(columns: Sequence[str]) -> str:
    return f"UNIQUE ({_quoted(columns)})"


def _foreign_key(column: str, parent: str, key: str, on_delete: str) -> str:
    return f'FOREIGN KEY ("{column}") REFERENCES "{parent}" ("{key}") ON DELETE {on_delete}'


def _fill(field: Field[Any], model: type[Model], dialect: Dialect) -> str | None:
    if isinstance(field, DatetimeField) and (field.auto_now or field.auto_now_add):
        return NOW[dialect]
    default = field.default() if field.default in (dict, list) else field.default
    if default is None or callable(default):
        return None  # a different value for each row, which only Python can make
    return literal(field.to_db_value(default, model), dialect)
