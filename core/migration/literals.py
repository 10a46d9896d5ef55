"""Write a Python value as SQL text, for the statements of migrations, which take no parameters."""

from datetime import datetime

from core.database import Dialect

NOW: dict[Dialect, str] = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000+00:00', 'now')",  # as Tortoise writes an aware datetime
    "postgres": "CURRENT_TIMESTAMP",
}


def literal(value: object, dialect: Dialect) -> str:
    """Return `value`, as a field's `to_db_value` gave it, in SQL."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return ("TRUE" if value else "FALSE") if dialect == "postgres" else str(int(value))
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'" if dialect == "postgres" else f"X'{value.hex()}'"
    text = value.isoformat(" ") if isinstance(value, datetime) else str(value)
    return "'" + text.replace("'", "''") + "'"
