"""Migration files: Python modules of plain data with the SQL of both dialects and the schema they lead to."""

import inspect
import re
import runpy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from textwrap import indent
from typing import Any

from aerich.utils import decompress_dict, get_formatted_compressed_data

from core.database import App, Dialect
from core.migration.schema import MigrationError, Schemas, from_state, to_state

_FILE_NAME = re.compile(r"(\d{4})_\w+\.py")
_MAX_SLUG = 60

_TEMPLATE = '''"""{title}.

Written from the models. Review the SQL and edit it freely until it is released; after that write a new migration.
"""

UPGRADE = {{
    "sqlite": {sqlite},
    "postgres": {postgres},
}}

MODELS_STATE = (
    {state}
)
'''


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of one app's schema. The file is run when it is needed, not before."""

    app: str
    path: Path

    def __str__(self) -> str:
        return f"{self.app}.{self.name}"

    @property
    def name(self) -> str:
        """What the database remembers it by."""
        return self.path.stem

    @property
    def number(self) -> int:
        """Its place in the app's history, from 1."""
        return int(self.name[:4])

    def statements(self, dialect: Dialect) -> list[str]:
        """Return its SQL statements, in order."""
        statements: Mapping[Dialect, Sequence[str]] = self._value("UPGRADE")
        return [inspect.cleandoc(statement) for statement in statements[dialect]]

    def state(self) -> dict[str, Any]:
        """Return the schema it leads to, as it is stored."""
        state: dict[str, Any] = decompress_dict(self._value("MODELS_STATE"))
        return state

    def schemas(self) -> Schemas:
        """Return the schema it leads to, in both dialects."""
        return from_state(self.state())

    def _value(self, name: str) -> Any:
        try:
            return runpy.run_path(str(self.path))[name]
        except KeyError:
            raise MigrationError(f"{self.path} sets no {name}. Restore the file from version control.") from None


def read_migrations(app: App) -> list[Migration]:
    """Return the app's migrations, oldest first. Raises MigrationError when two claim the same place."""
    paths = sorted(path for path in app.migrations.glob("*.py") if _FILE_NAME.fullmatch(path.name))
    migrations = [Migration(app.name, path) for path in paths]
    for first, second in pairwise(migrations):
        if first.number == second.number:
            raise MigrationError(
                f"{first} and {second} have the same number, so their order is unknown. Delete the one that is not"
                " released yet and make it again."
            )
    return migrations


def write_migration(
    app: App, number: int, slug: str, statements: Mapping[Dialect, Sequence[str]], schemas: Schemas
) -> Path:
    """Write the next migration file of the app and return its path."""
    slug = re.sub(r"\W+", "_", slug.lower()).strip("_")[:_MAX_SLUG]
    path = app.migrations / f"{number:04}_{slug}.py"
    text = _TEMPLATE.format(
        title=f"{app.name} {number:04}: {slug.replace('_', ' ')}",
        sqlite=_python_list(statements["sqlite"]),
        postgres=_python_list(statements["postgres"]),
        state=get_formatted_compressed_data(to_state(schemas)),
    )
    app.migrations.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _python_list(statements: Sequence[str]) -> str:
    if not statements:
        return "[]"
    return "[\n" + "".join(f"        {_python_string(statement)},\n" for statement in statements) + "    ]"


def _python_string(statement: str) -> str:
    if '"""' in statement:
        return repr(statement)
    if not set("\n'\\") & set(statement):
        return f"'{statement}'"
    raw = "r" if "\\" in statement else ""
    return raw + '"""\n' + indent(statement, " " * 8) + '\n        """'
