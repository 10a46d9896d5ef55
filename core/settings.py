"""Settings files and the environment in; validated, frozen models out, or errors that say what to change."""

import difflib
import os
import secrets
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from dynaconf import Dynaconf
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, HttpUrl, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails

DEFAULT_PLUGINS = ("auth_email", "mail_file", "storage_disk", "transcode_ffmpeg", "catalog", "studio")
ENVIRONMENT_PREFIX = "MUTOSCOPE"
_NOT_SETTINGS = {"settings", "fault"}  # MUTOSCOPE_SETTINGS names the file, MUTOSCOPE_FAULT a fault point (core.faults)

_SECRET_WORDS = ("secret", "password", "token", "key")
SHORTEST_SECRET = 32  # bytes, as core.signing wants them

Model = TypeVar("Model", bound=BaseModel)


class SettingsError(Exception):
    """The deployer has to change something; the message names every key and its remedy, one to a line."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _long_enough(key: SecretStr) -> SecretStr:
    if len(key.get_secret_value().encode()) < SHORTEST_SECRET:
        raise ValueError(f"it has fewer than {SHORTEST_SECRET} bytes; generate one with `openssl rand -hex 32`")
    return key


SecretKey = Annotated[SecretStr, AfterValidator(_long_enough)]


class SiteSettings(_Table):
    """What people read, and the address that links are built from."""

    name: str = Field("Mutoscope", min_length=1, max_length=60)
    description: str = Field("Independent video, on a site of our own.", max_length=200)
    base_url: HttpUrl = HttpUrl("http://127.0.0.1:8000")


class ServerSettings(_Table):
    """Where the web process listens, and what it allows a request."""

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    body_limit: int = Field(1024**2, ge=1024, description="Bytes of a request body, except for upload parts.")
    request_seconds: float = Field(30, gt=0, description="Longest a request may take, except for streams.")
    drain_seconds: float = Field(20, ge=0, description="How long a stop waits for requests in flight.")


class DatabaseSettings(_Table):
    """Where rows are kept; the default is a SQLite file in `data_dir`."""

    url: str = Field("", pattern=r"^$|^sqlite://.+|^postgres(ql)?://.+")


class SessionSettings(_Table):
    """How long a browser stays signed in."""

    idle_days: float = Field(14, gt=0)
    longest_days: float = Field(90, gt=0)


class JobSettings(_Table):
    """How background work is leased, retried and found again. Times are in seconds."""

    embedded_worker: bool = Field(True, description="Run jobs inside `mutoscope serve`.")
    concurrency: int = Field(2, ge=1, le=256)
    lease: float = Field(30, gt=0)
    heartbeat: float = Field(10, gt=0)
    sweep: float = Field(5, gt=0)
    attempts: int = Field(5, ge=1, le=100)
    first_delay: float = Field(10, ge=0)
    longest_delay: float = Field(600, ge=0)

    @model_validator(mode="after")
    def _lease_outlives_heartbeats(self) -> Self:
        if self.lease < 2 * self.heartbeat:
            raise ValueError(f"lease ({self.lease} s) must be at least twice heartbeat ({self.heartbeat} s)")
        return self


class UploadSettings(_Table):
    """What may be uploaded. Sizes are in bytes."""

    max_size: int = Field(10 * 1024**3, ge=1024)
    part_size: int = Field(8 * 1024**2, ge=1024)
    url_seconds: int = Field(3600, ge=60, le=7 * 86400)
    open_per_user: int = Field(5, ge=1)
    life_hours: float = Field(24, gt=0)


class LogSettings(_Table):
    """`auto` writes for people on a terminal and JSON elsewhere."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "console", "json"] = "auto"


class CoreSettings(_Table):
    """Everything outside the plugins' tables."""

    plugins: tuple[str, ...] = DEFAULT_PLUGINS
    theme: str = Field("default", pattern=r"^[a-z][a-z0-9_]*$")
    data_dir: Path = Path("data")
    secret_keys: tuple[SecretKey, ...] = ()
    site: SiteSettings = SiteSettings()
    server: ServerSettings = ServerSettings()
    database: DatabaseSettings = DatabaseSettings()
    sessions: SessionSettings = SessionSettings()
    jobs: JobSettings = JobSettings()
    uploads: UploadSettings = UploadSettings()
    log: LogSettings = LogSettings()


class Settings:
    """The core's settings and, by plugin name, each plugin's own."""

    def __init__(self, core: CoreSettings, tables: Mapping[str, BaseModel]) -> None:
        self.core = core
        self._tables = dict(tables)

    def plugin(self, name: str, model: type[Model]) -> Model:
        """Return a plugin's validated table."""
        table = self._tables[name]
        if not isinstance(table, model):
            raise TypeError(f"the settings of {name} are a {type(table).__name__}, not a {model.__name__}")
        return table

    @property
    def data_dir(self) -> Path:
        """The folder that holds everything the embedded engines write."""
        return self.core.data_dir

    @property
    def database_url(self) -> str:
        """The configured database, or the SQLite file in the data folder."""
        return self.core.database.url or f"sqlite://{self.data_dir.resolve() / 'mutoscope.sqlite3'}"

    @property
    def base_url(self) -> str:
        """The site's address without a trailing slash."""
        return str(self.core.site.base_url).rstrip("/")

    @property
    def https(self) -> bool:
        """Whether browsers reach the site over TLS."""
        return self.core.site.base_url.scheme == "https"

    def signing_secrets(self) -> list[bytes]:
        """Return the configured secrets, or the one in the data folder, made at the first start for its owner only."""
        if self.core.secret_keys:
            return [key.get_secret_value().encode() for key in self.core.secret_keys]
        path = self.data_dir / "secret.key"
        if not path.exists():
            self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Written aside and renamed: a crash must not leave an empty key, nor two processes two different ones.
            draft = path.with_suffix(f".{secrets.token_hex(4)}")
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_hex(32))
            try:
                os.link(draft, path)
            except FileExistsError:
                pass  # another process was first; its key counts
            finally:
                draft.unlink()
        key = path.read_text().strip().encode()
        if len(key) < SHORTEST_SECRET:
            raise SettingsError(
                f"{path} holds {len(key)} bytes, which are no key. Restore it from a backup; or delete it, and every "
                "link that was signed with it is void."
            )
        return [key]


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
