"""What is wrong in [broker_redis] is named with its remedy, and no secret is shown."""

import pytest

from core.services import configure_from
from core.settings import SettingsError

PLUGINS = ["storage_disk", "transcode_ffmpeg", "broker_redis"]


def refused(table: dict[str, object]) -> str:
    """Return what is said about a table that is wrong."""
    with pytest.raises(SettingsError) as refusal:
        configure_from({"plugins": PLUGINS, "broker_redis": table})
    assert refusal.value.__cause__ is None
    return str(refusal.value)


def test_missing_address_is_named() -> None:
    assert "broker_redis.url is missing. Add it to [broker_redis] in settings.toml, or set the environment" in refused(
        {}
    )


@pytest.mark.parametrize(
    "url",
    [
        "valkey://:hunter2@127.0.0.1",
        "redis://:hunter2/3@127.0.0.1",  # a slash that is not percent-encoded ends the host
        "redis://:hunter2@127.0.0.1:port",
        "redis://:hunter2@127.0.0.1/0?colour=blue",
        "redis://:hunter2@127.0.0.1/0?socket_timeout=soon",
        "127.0.0.1:6379",
        "",
    ],
)
def test_impossible_address_is_refused_without_its_password(url: str) -> None:
    said = refused({"url": url})

    assert said.startswith("broker_redis.url: write redis://user:password@host:6379/0, rediss://… for TLS")
    assert "MUTOSCOPE_BROKER_REDIS__URL" in said
    assert "hunter2" not in said


@pytest.mark.parametrize("url", ["rediss://a:b%2F@host:1/2?ssl_ca_certs=/ca.pem", "unix:///run/valkey.sock?db=1"])
def test_address_may_be_tls_or_a_socket_and_its_password_stays_hidden(url: str) -> None:
    settings, _ = configure_from({"plugins": PLUGINS, "broker_redis": {"url": url}})

    assert "b%2F" not in repr(settings.__dict__)


@pytest.mark.parametrize("channel", ["", "two words", "*"])
def test_channel_is_one_plain_word(channel: str) -> None:
    assert "broker_redis.channel" in refused({"url": "redis://127.0.0.1", "channel": channel})
