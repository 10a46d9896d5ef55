"""`python -m core.settings_reference` writes docs/settings.md from the models that validate the settings."""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from core.plugins import load_plugins
from core.reference import DOCS, built_in_plugins
from core.settings import CoreSettings

_INTRODUCTION = """# Settings

<!-- Written by `python -m core.settings_reference`; a test fails when it is out of date. -->

`settings.toml` in the working directory (or where `MUTOSCOPE_SETTINGS` says), then `.secrets.toml` beside it, then the
environment; the later wins. `[server] port` is `MUTOSCOPE_SERVER__PORT` there, and lists are written as in TOML:
`MUTOSCOPE_PLUGINS='["catalog"]'`. An unknown or impossible value stops the start and names the key."""

_TOP = "## Top of the file\n\nThese stand before the first `[table]`."


def settings_page() -> str:
    """Return docs/settings.md: the core's settings, then each built-in plugin's."""
    tables = {name: model for name, field in CoreSettings.model_fields.items() if (model := _table_model(field))}
    top = {name: field for name, field in CoreSettings.model_fields.items() if name not in tables}
    parts = [_INTRODUCTION, _TOP, _rows(top), *_tables(tables)]
    plugins = load_plugins(built_in_plugins())
    parts += _tables({name: model for name, model in plugins.settings_models().items() if model.model_fields})
    return "\n\n".join(parts) + "\n"


def _table_model(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _tables(models: Mapping[str, type[BaseModel]]) -> Iterator[str]:
    for name, model in models.items():
        yield f"## [{name}]"
        yield inspect.cleandoc(model.__doc__ or "")
        yield _rows(model.model_fields)


def _rows(fields: Mapping[str, FieldInfo]) -> str:
    rows: list[Sequence[str]] = [["Key", "Default", "Meaning"], ["---", "---", "---"]]
    for name, field in fields.items():
        default = "needed" if field.is_required() else f"`{_toml(field.get_default(call_default_factory=True))}`"
        rows.append([f"`{name}`", default, _meaning(field)])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _meaning(field: FieldInfo) -> str:
    """Return what the model says of a field, and what may be chosen where that is a closed list."""
    choices = " or ".join(f"`{_toml(choice)}`" for choice in _choices(field.annotation))
    said = (field.description or "").replace("|", "\\|").replace("<", "&lt;")
    return f"{said} {choices}.".strip() if choices else said


def _choices(annotation: object) -> Sequence[object]:
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return list(annotation)
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _toml(value: Any) -> str:
    """Return a default as it would be written in settings.toml."""
    if isinstance(value, BaseModel):
        return "{" + ", ".join(f"{name} = {_toml(item)}" for name, item in value) + "}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name} = {_toml(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return "not set" if value is None else f'"{str(value).rstrip("/")}"'


def main() -> None:
    """Write the file."""
    (DOCS / "settings.md").write_text(settings_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
