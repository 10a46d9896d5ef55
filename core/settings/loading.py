"""Settings files and the environment in; validated models out, or errors that say what to change."""

import difflib
import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from dynaconf import Dynaconf
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from core.settings.tables import CoreSettings, SettingsError

ENVIRONMENT_PREFIX = "MUTOSCOPE"
_NOT_SETTINGS = {"settings", "fault"}  # MUTOSCOPE_SETTINGS names the file, MUTOSCOPE_FAULT a fault point (core.faults)

_SECRET_WORDS = ("secret", "password", "token", "key")

Model = TypeVar("Model", bound=BaseModel)


def read_raw(path: Path | None = None) -> dict[str, Any]:
    """Return the tables of settings.toml, .secrets.toml beside it, and MUTOSCOPE_… variables, keys in lower case.

    Without `path`, MUTOSCOPE_SETTINGS or settings.toml in the working directory is read; having neither is fine.
    """
    chosen = path or Path(os.environ.get("MUTOSCOPE_SETTINGS", "settings.toml"))
    if not chosen.exists() and (path or "MUTOSCOPE_SETTINGS" in os.environ):
        raise SettingsError(f"{chosen} does not exist. Correct MUTOSCOPE_SETTINGS or remove it.")
    files = [chosen.resolve(), chosen.resolve().parent / ".secrets.toml"]
    for file in files:
        _check_readable(file)
    # dynaconf evaluates @-strings: it sees only what the operator wrote, at start, and is never asked again.
    loader = Dynaconf(
        settings_files=[str(file) for file in files],
        envvar_prefix=ENVIRONMENT_PREFIX,
        merge_enabled=False,
        environments=False,
        core_loaders=["TOML"],
    )
    return {key: value for key, value in _fold(loader.as_dict()).items() if key not in _NOT_SETTINGS}


def _check_readable(file: Path) -> None:
    # dynaconf does not say in which file the mistake is.
    try:
        tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:
        raise SettingsError(f"{file} cannot be read: {error}. Correct it; https://toml.io shows the format.") from error


def _fold(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key).lower(): _fold(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_fold(item) for item in value]
    return value


def validate_core(raw: Mapping[str, Any]) -> CoreSettings:
    """Validate what is the core's in `raw`; plugins' tables are left for `validate_plugins`."""
    own = {key: value for key, value in raw.items() if key in CoreSettings.model_fields}
    return _validate(CoreSettings, own, table="")


def validate_plugins(
    raw: Mapping[str, Any], models: Mapping[str, type[BaseModel]], known: Sequence[str]
) -> dict[str, BaseModel]:
    """Validate each plugin's table with its model. `known` are all installed plugins: tables of those off may stay."""
    expected = [*CoreSettings.model_fields, *known]
    complaints = [
        f"{key}: unknown setting{_suggest(key, expected)} (settings.toml, or environment {_variable([key])})"
        for key in raw
        if key not in expected
    ]
    tables: dict[str, BaseModel] = {}
    for name, model in models.items():
        try:
            tables[name] = _validate(model, raw.get(name, {}), table=name)
        except SettingsError as error:
            complaints.append(str(error))
    if complaints:
        raise SettingsError("\n".join(complaints))
    return tables


def _validate(model: type[Model], values: Any, *, table: str) -> Model:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise SettingsError("\n".join(_complaint(model, detail, table) for detail in error.errors())) from None


def _complaint(model: type[BaseModel], detail: ErrorDetails, table: str) -> str:
    path = [*([table] if table else []), *(str(part) for part in detail["loc"])]
    key = ".".join(path)
    variable = _variable(path)
    where = f"[{'.'.join(path[:-1])}] in settings.toml" if len(path) > 1 else "settings.toml"
    if detail["type"] == "extra_forbidden":
        fields = _fields_at(model, [str(part) for part in detail["loc"][:-1]])
        return f"{key}: unknown setting{_suggest(path[-1], fields)} ({where}, or environment {variable})"
    if detail["type"] == "missing":
        return f"{key} is missing. Add it to {where}, or set the environment variable {variable}."
    message = detail["msg"].removeprefix("Value error, ")
    return f"{key}{_shown(key, detail['input'])}: {message}. Correct it in {where}, or in the environment: {variable}."


def _variable(path: Sequence[str]) -> str:
    return "_".join((ENVIRONMENT_PREFIX, "__".join(path).upper()))


def _shown(key: str, value: object) -> str:
    # A whole table may hold a secret, and a database's address its password.
    if isinstance(value, Mapping) or key.endswith(".url") or any(word in key for word in _SECRET_WORDS):
        return ""
    return f" = {value!r}"


def _fields_at(model: type[BaseModel], path: Sequence[str]) -> list[str]:
    for part in path:
        annotation = model.model_fields[part].annotation
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        model = annotation
    return list(model.model_fields)


def _suggest(name: str, candidates: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, candidates, n=1)
    return (
        f"; did you mean {close[0]!r}?"
        if close
        else f"; known are {', '.join(sorted(candidates))}"
        if candidates
        else ""
    )
