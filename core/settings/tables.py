"""The core's own settings: what each is, its default and its bounds."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, HttpUrl, SecretStr, model_validator

DEFAULT_PLUGINS = ("auth_email", "mail_file", "storage_disk", "transcode_ffmpeg", "catalog", "studio")
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
