"""The schema's history: one folder of plain-data files for the core and for each plugin, applied in order.

Tortoise describes the tables and aerich keeps the record of what was applied. The difference between two versions is
worked out here, because aerich's and Tortoise's own lose rows or stop on SQLite and on keys into another app.
"""

from core.migration.apply import check_schema_is_known, pending, upgrade
from core.migration.make import make_migrations
from core.migration.schema import MigrationError

__all__ = ["MigrationError", "check_schema_is_known", "make_migrations", "pending", "upgrade"]
