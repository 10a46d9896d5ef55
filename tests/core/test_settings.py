"""Settings come from files and the environment; whatever is wrong is named with its place and its remedy."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from core.services import configure, configure_from
from core.settings import CoreSettings, Settings, SettingsError, read_raw, validate_core, validate_plugins

Write = Callable[..., Path]
EMPTY: dict[str, Any] = {"plugins": []}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("MUTOSCOPE_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes settings.toml and .secrets.toml, and returns the path of the former."""

    def write_files(settings: str = "", secrets: str | None = None) -> Path:
        (tmp_path / "settings.toml").write_text(settings)
        if secrets is not None:
            (tmp_path / ".secrets.toml").write_text(secrets)
        return tmp_path / "settings.toml"

    return write_files


class Quality(BaseModel):
    """A table inside a plugin's table."""

    model_config = ConfigDict(extra="forbid")

    crf: int = 23


class DemoSettings(BaseModel):
    """Settings as a plugin has them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    segment_seconds: int = Field(6, ge=1)
    bucket: str
    password: SecretStr = SecretStr("")
    url: str = Field("", max_length=30)
    quality: Quality = Quality()
    mirrors: list[Quality] = []

    @model_validator(mode="after")
    def _different(self) -> "DemoSettings":
        if self.bucket == self.password.get_secret_value():
            raise ValueError("bucket and password must differ")
        return self


def complaint(raw: dict[str, Any]) -> str:
    """Validate tables for the core and the plugin `demo`, which must fail, and return what the deployer reads."""
    try:
        validate_core(raw)
        validate_plugins(raw, {"demo": DemoSettings}, ["demo", "catalog"])
    except SettingsError as error:
        return str(error)
    pytest.fail("the settings are valid")


def core(**raw: object) -> CoreSettings:
    """Return validated core settings."""
    return validate_core(raw)


def test_defaults_are_a_whole_site() -> None:
    settings = core()

    accounts, media, pages = ("auth_email", "mail_file"), ("storage_disk", "transcode_ffmpeg"), ("catalog", "studio")
    assert settings.plugins == (*accounts, *media, *pages, "captions")
    assert (settings.theme, settings.server.port, settings.jobs.embedded_worker) == ("default", 8000, True)


def test_settings_of_the_repository_are_valid_and_say_the_defaults() -> None:
    raw = read_raw(Path(__file__).parents[2] / "settings.toml")

    assert validate_core(raw) == CoreSettings()


def test_secrets_file_comes_after_settings_and_the_environment_last(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(
        '[site]\nname = "File"\ndescription = "File"\n[server]\nport = 1', '[server]\nport = 2\nhost = "secret"'
    )
    monkeypatch.setenv("MUTOSCOPE_SERVER__PORT", "3")
    monkeypatch.setenv("MUTOSCOPE_SITE__NAME", "Environment")

    raw = read_raw(path)

    assert raw == {
        "site": {"name": "Environment", "description": "File"},
        "server": {"port": 3, "host": "secret"},
    }


def test_lists_are_replaced_and_not_joined(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write('plugins = ["a", "b"]')
    monkeypatch.setenv("MUTOSCOPE_PLUGINS", '["c"]')

    assert read_raw(path) == {"plugins": ["c"]}


def test_settings_variable_chooses_the_file(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTOSCOPE_SETTINGS", str(write('theme = "elsewhere"')))
    monkeypatch.setenv("MUTOSCOPE_FAULT", "some:point")

    assert read_raw() == {"theme": "elsewhere"}


def test_settings_file_that_was_named_must_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTOSCOPE_SETTINGS", str(tmp_path / "none.toml"))

    with pytest.raises(SettingsError, match=r"none\.toml does not exist\. Correct MUTOSCOPE_SETTINGS or remove it"):
        read_raw()


def test_no_settings_file_at_all_is_fine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert read_raw() == {}


def test_settings_file_that_is_no_toml_is_named(write: Write) -> None:
    with pytest.raises(SettingsError, match=r"/settings\.toml cannot be read: .*line 1.*Correct it"):
        read_raw(write("this is = no toml ="))


def test_secrets_file_that_is_no_toml_is_named(write: Write) -> None:
    with pytest.raises(SettingsError, match=r"/\.secrets\.toml cannot be read"):
        read_raw(write("", secrets="key = "))


def test_misspelt_setting_is_named_with_the_one_that_was_meant() -> None:
    assert complaint({"server": {"prot": 1}}) == (
        "server.prot: unknown setting; did you mean 'port'? ([server] in settings.toml, or environment "
        "MUTOSCOPE_SERVER__PROT)"
    )


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"segmnt_seconds": 6}, "demo.segmnt_seconds: unknown setting; did you mean 'segment_seconds'? ([demo] in"),
        ({"quality": {"cfr": 1}}, "demo.quality.cfr: unknown setting; did you mean 'crf'? ([demo.quality] in"),
        ({"mirrors": [{"cfr": 1}]}, "demo.mirrors.0.cfr: unknown setting ([demo.mirrors.0] in settings.toml, or"),
        ({"zzz": 1}, "demo.zzz: unknown setting; known are bucket, mirrors, password, quality, segment_seconds, url ("),
    ],
)
def test_unknown_setting_of_a_plugin_is_named_with_its_table(raw: dict[str, object], said: str) -> None:
    text = complaint({"demo": {"bucket": "b", **raw}})

    assert text.startswith(said)
    assert "environment MUTOSCOPE_DEMO__" in text


def test_missing_setting_is_named_with_both_places_for_it() -> None:
    assert complaint({}) == (
        "demo.bucket is missing. Add it to [demo] in settings.toml, or set the environment variable "
        "MUTOSCOPE_DEMO__BUCKET."
    )


def test_unknown_table_is_named_with_the_one_that_was_meant() -> None:
    text = complaint({"servr": {"port": 1}, "demo": {"bucket": "b"}})

    assert text == ("servr: unknown setting; did you mean 'server'? (settings.toml, or environment MUTOSCOPE_SERVR)")


def test_table_of_a_plugin_that_is_off_may_stay() -> None:
    tables = validate_plugins(
        {"catalog": {"page": 3}, "demo": {"bucket": "b"}}, {"demo": DemoSettings}, ["catalog", "demo"]
    )

    assert tables == {"demo": DemoSettings(bucket="b")}


def test_every_complaint_is_made_at_once() -> None:
    text = complaint({"sites": {}, "demo": {"segment_seconds": 0}})

    assert [line.split(maxsplit=1)[0] for line in text.splitlines()] == [
        "sites:",
        "demo.segment_seconds",
        "demo.bucket",
    ]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (
            {"server": {"port": 70000}},
            "server.port = 70000: Input should be less than or equal to 65535. Correct it in ",
        ),
        ({"jobs": {"concurrency": 0}}, "jobs.concurrency = 0: Input should be greater than or equal to 1. Correct it"),
        ({"site": {"base_url": "nowhere"}}, "site.base_url = 'nowhere': Input should be a valid URL"),
        ({"log": {"level": "loud"}}, "log.level = 'loud': Input should be 'debug', 'info', 'warning' or 'error'"),
        ({"jobs": {"lease": 5}}, "jobs: lease (5.0 s) must be at least twice heartbeat (10 s). Correct it in"),
        ({"theme": "../evil"}, "theme = '../evil': String should match pattern"),
    ],
)
def test_wrong_value_is_shown_with_what_is_allowed(raw: dict[str, Any], said: str) -> None:
    text = complaint(raw)

    assert text.startswith(said)
    assert f"environment: MUTOSCOPE_{'__'.join(said.partition(' ')[0].strip(':').split('.')).upper()}." in text


@pytest.mark.parametrize(
    "raw",
    [
        {"secret_keys": ["hunter2"]},
        {"database": {"url": "mysql://site:hunter2@db/site"}},
        {"demo": {"bucket": "b", "password": ["hunter2"]}},
        {"demo": {"bucket": "hunter2", "password": "hunter2"}},
        {"demo": {"bucket": "b", "url": "redis://:hunter2@" + "a" * 30}},
    ],
)
def test_complaints_never_show_a_secret(raw: dict[str, Any]) -> None:
    text = complaint(raw)

    assert "hunter2" not in text
    assert "Correct it in" in text


def test_short_secret_key_is_refused_with_the_command_for_a_good_one() -> None:
    assert complaint({"secret_keys": ["x" * 32, "short"]}) == (
        "secret_keys.1: it has fewer than 32 bytes; generate one with `openssl rand -hex 32`. Correct it in "
        "[secret_keys] in settings.toml, or in the environment: MUTOSCOPE_SECRET_KEYS__1."
    )


def settings_in(folder: Path, **raw: object) -> Settings:
    """Return the settings of a site without plugins, with this data folder."""
    return configure_from({**EMPTY, "data_dir": str(folder), **raw})[0]


def test_signing_secret_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "data"

    (secret,) = settings_in(folder).signing_secrets()

    assert len(secret) == 64
    assert settings_in(folder).signing_secrets() == [secret]
    assert [path.name for path in folder.iterdir()] == ["secret.key"]
    assert stat.S_IMODE((folder / "secret.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_signing_secret_of_the_process_that_was_first_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_in(tmp_path)
    link = os.link

    def link_too_late(source: Path, target: Path) -> None:
        Path(target).write_text("f" * 64)
        link(source, target)

    monkeypatch.setattr(os, "link", link_too_late)

    assert settings.signing_secrets() == [b"f" * 64]
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_damaged_signing_secret_is_named(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("half a k")

    with pytest.raises(SettingsError, match=r"secret\.key holds 8 bytes, which are no key\. Restore it from a backup"):
        settings_in(tmp_path).signing_secrets()


def test_configured_secrets_are_used_in_their_order(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "data", secret_keys=["n" * 32, "o" * 32])

    assert settings.signing_secrets() == [b"n" * 32, b"o" * 32]
    assert not (tmp_path / "data").exists()


def test_addresses_follow_from_the_settings(tmp_path: Path) -> None:
    plain = settings_in(tmp_path)
    secure = settings_in(tmp_path, site={"base_url": "https://v.example/"}, database={"url": "postgres://db/site"})

    assert (plain.base_url, plain.https) == ("http://127.0.0.1:8000", False)
    assert plain.database_url == f"sqlite://{tmp_path.resolve()}/mutoscope.sqlite3"
    assert (secure.base_url, secure.https, secure.database_url) == ("https://v.example", True, "postgres://db/site")


def test_plugin_asks_for_its_table_by_name_and_model() -> None:
    settings = Settings(core(), {"demo": DemoSettings(bucket="b")})

    assert settings.plugin("demo", DemoSettings).bucket == "b"
    with pytest.raises(TypeError, match="the settings of demo are a DemoSettings, not a Quality"):
        settings.plugin("demo", Quality)


def test_unknown_theme_is_named_with_those_there_are() -> None:
    with pytest.raises(SettingsError, match=r"theme = 'neon' is not installed\. Installed are: .*default"):
        configure_from({**EMPTY, "theme": "neon"})


def test_site_is_configured_from_its_file(write: Write) -> None:
    settings, plugins = configure(write('plugins = ["catalog"]\n[catalog]\n'))

    assert settings.core.plugins == ("catalog",)
    assert [plugin.name for plugin in plugins] == ["catalog"]
