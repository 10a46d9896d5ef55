"""The core's own settings: what each is, its default and its bounds."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, HttpUrl, SecretStr, model_validator

DEFAULT_PLUGINS = ("auth_email", "mail_file", "storage_disk", "transcode_ffmpeg", "catalog", "studio", "captions")
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

    name: str = Field("Mutoscope", min_length=1, max_length=60, description="In the title of every page.")
    description: str = Field(
        "Independent video, on a site of our own.", max_length=200, description="What search engines show."
    )
    base_url: HttpUrl = Field(
        HttpUrl("http://127.0.0.1:8000"), description="What browsers type; https turns on secure cookies and HSTS."
    )


class ServerSettings(_Table):
    """Where the web process listens, and what it allows a request."""

    host: str = Field("127.0.0.1", description="Address to listen on; leave it behind a proxy on the same machine.")
    port: int = Field(8000, ge=0, le=65535, description="0 takes a free one.")
    body_limit: int = Field(1024**2, ge=1024, description="Bytes of a request body, except for upload parts.")
    request_seconds: float = Field(30, gt=0, description="Longest a request may take, except for streams.")
    drain_seconds: float = Field(20, ge=0, description="How long a stop waits for requests in flight.")


class DatabaseSettings(_Table):
    """Where rows are kept; the default is a SQLite file in `data_dir`."""

    url: str = Field(
        "",
        pattern=r"^$|^sqlite://.+|^postgres(ql)?://.+",
        description="`postgres://user:password@host:5432/name`; empty means SQLite in `data_dir`.",
    )


class SessionSettings(_Table):
    """How long a browser stays signed in."""

    idle_days: float = Field(14, gt=0, description="Days without a visit after which a browser is signed out.")
    longest_days: float = Field(90, gt=0, description="Days after which it is signed out in any case.")


class JobSettings(_Table):
    """How background work is leased, retried and found again. Times are in seconds."""

    embedded_worker: bool = Field(True, description="Run jobs inside `mutoscope serve`.")
    concurrency: int = Field(2, ge=1, le=256, description="Jobs that one worker runs at once.")
    lease: float = Field(30, gt=0, description="How long a silent worker keeps its job before another one takes it.")
    heartbeat: float = Field(10, gt=0, description="How often a worker renews its leases.")
    sweep: float = Field(5, gt=0, description="How often a worker looks for due jobs without being called.")
    attempts: int = Field(5, ge=1, le=100, description="Tries before a job is given up.")
    first_delay: float = Field(10, ge=0, description="Wait before the second try; it doubles with every further one.")
    longest_delay: float = Field(600, ge=0, description="Longest wait between two tries.")
    min_free_bytes: int = Field(
        512 * 1024**2,
        ge=0,
        description="Work that might leave less free space than this on the disk that it writes to waits.",
    )
    patience: float = Field(
        86400, ge=0, description="How long a job waits for room in all before it is given up; that costs it no tries."
    )

    @model_validator(mode="after")
    def _lease_outlives_heartbeats(self) -> Self:
        if self.lease < 2 * self.heartbeat:
            raise ValueError(f"lease ({self.lease} s) must be at least twice heartbeat ({self.heartbeat} s)")
        return self


class UploadSettings(_Table):
    """What may be uploaded. Sizes are in bytes."""

    max_size: int = Field(10 * 1024**3, ge=1024, description="Largest file.")
    part_size: int = Field(8 * 1024**2, ge=1024, description="Size of the parts that browsers send.")
    url_seconds: int = Field(3600, ge=60, le=3600, description="How long a link to send a part lives.")
    open_per_user: int = Field(5, ge=1, description="Unfinished uploads a user may have.")
    quota: int = Field(
        50 * 1024**3,
        ge=0,
        description="Storage a user may take, renditions and reservations included; 0 for no limit.",
    )
    daily: int = Field(100, ge=0, description="Uploads a user may begin in a day (UTC); 0 for no limit.")
    life_hours: float = Field(24, gt=0, description="How long an upload may take before it is forgotten.")


class ChunkSettings(_Table):
    """How long videos are cut into chunks that workers encode side by side. Times are in seconds of video."""

    shortest: float = Field(60, ge=10, description="No chunk is shorter, for each costs a start of the encoder.")
    longest: float = Field(120, ge=20, description="No chunk is much longer: it is what the loss of a worker costs.")

    @model_validator(mode="after")
    def _longest_is_longer(self) -> Self:
        if self.longest < self.shortest:
            raise ValueError(f"longest ({self.longest} s) must be at least shortest ({self.shortest} s)")
        return self


class VideoSettings(_Table):
    """How long a creator's mistake can be put right."""

    undo_hours: float = Field(
        24, ge=0, le=8760, description="How long a deleted video can be restored before its files are erased; 0: never."
    )


class StorageSettings(_Table):
    """Where objects go. Each video's row says where its own are, so two storages may be in use while one is left."""

    primary: str = Field(
        "", description="Name of the storage that takes new objects; may be empty where there is only one."
    )
    check_at_start: Literal["warn", "refuse", "off"] = Field(
        "warn", description="What a failed `mutoscope storage check` does at the start of `serve`: log, or end it."
    )


class LogSettings(_Table):
    """`auto` writes for people on a terminal and JSON elsewhere."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least that is written.")
    format: Literal["auto", "console", "json"] = Field("auto", description="For people, or one JSON object a line.")


class CoreSettings(_Table):
    """Everything outside the plugins' tables."""

    plugins: tuple[str, ...] = Field(DEFAULT_PLUGINS, description="What loads, in the order in which it is asked.")
    theme: str = Field("default", pattern=r"^[a-z][a-z0-9_]*$", description="A folder in themes/.")
    data_dir: Path = Field(
        Path("data"), description="Where the embedded engines write; relative to the working directory."
    )
    secret_keys: tuple[SecretKey, ...] = Field(
        (), description="The first signs, all are accepted; without any, `data_dir`/secret.key is made and used."
    )
    site: SiteSettings = SiteSettings()
    server: ServerSettings = ServerSettings()
    database: DatabaseSettings = DatabaseSettings()
    sessions: SessionSettings = SessionSettings()
    jobs: JobSettings = JobSettings()
    storage: StorageSettings = StorageSettings()
    uploads: UploadSettings = UploadSettings()
    videos: VideoSettings = VideoSettings()
    chunks: ChunkSettings = ChunkSettings()
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
