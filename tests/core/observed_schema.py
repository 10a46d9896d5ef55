"""What a database says of its own tables, without the names of constraints, so that two databases can be compared."""

from core.database import Database

Facts = set[tuple[object, ...]]

_SQLITE_COLUMNS = """
    SELECT t.name, 'column', c.name, c.type, c."notnull", c.dflt_value, c.pk, c.hidden
    FROM sqlite_schema t JOIN pragma_table_xinfo(t.name) c WHERE t.type = 'table'
"""
_SQLITE_KEYS = """
    SELECT t.name, 'key', k."from", k."table", k."to", k.on_delete
    FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) k WHERE t.type = 'table'
"""
_SQLITE_INDEXES = """
    SELECT t.name, 'index', i.origin, i."unique", i.partial,
        (SELECT group_concat(name) FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) AS columns
    FROM sqlite_schema t JOIN pragma_index_list(t.name) i WHERE t.type = 'table'
"""
_POSTGRES_COLUMNS = """
    SELECT table_name, 'column', column_name, data_type, character_maximum_length, is_nullable, column_default
    FROM information_schema.columns WHERE table_schema = 'public'
"""
_POSTGRES_CONSTRAINTS = """
    SELECT conrelid::regclass::text, 'constraint', pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
"""
_POSTGRES_INDEXES = r"""
    SELECT tablename, 'index', regexp_replace(indexdef, 'INDEX \S+ ON', 'INDEX ON') FROM pg_indexes
    WHERE schemaname = 'public'
"""
_QUERIES = {
    "sqlite": (_SQLITE_COLUMNS, _SQLITE_KEYS, _SQLITE_INDEXES),
    "postgres": (_POSTGRES_COLUMNS, _POSTGRES_CONSTRAINTS, _POSTGRES_INDEXES),
}
_NOT_OURS = {"aerich", "sqlite_sequence"}


async def observed_schema(database: Database) -> Facts:
    """Return every column, key, constraint and index as a tuple that starts with its table's name."""
    facts: Facts = set()
    for query in _QUERIES[database.dialect]:
        rows = await database.client.execute_query_dict(f"SELECT * FROM ({query}) AS facts")
        facts |= {tuple(row.values()) for row in rows}
    return {fact for fact in facts if fact[0] not in _NOT_OURS}
