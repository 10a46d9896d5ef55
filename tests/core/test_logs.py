"""K-2, K-3: one event is one line, nothing in it commands a terminal, and no secret is in it."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from core.logs import configure_logs, only_warnings
from core.settings import LogSettings

POISON = 'x\r\n{"event":"forged"}\x1b[2J\x9b31m\u2028'


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, configuration = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**configuration)


def written(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    """Return the JSON lines on standard error."""
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_event_is_one_json_line_with_time_and_level(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(LogSettings(format="json"))

    with structlog.contextvars.bound_contextvars(request="r1"):
        structlog.get_logger().warning("upload_refused", size=3)

    (line,) = written(capsys)
    assert str(line.pop("timestamp")).endswith("Z")
    assert line == {"event": "upload_refused", "level": "warning", "request": "r1", "size": 3}


@pytest.mark.parametrize("style", ["json", "console"])
def test_poison_in_a_value_stays_in_its_line_and_commands_nothing(
    capsys: pytest.CaptureFixture[str], style: str
) -> None:
    configure_logs(LogSettings.model_validate({"format": style}))

    structlog.get_logger().info("request", path=POISON)
    logging.getLogger("library").warning("path %s", POISON)

    text = capsys.readouterr().err
    assert len(text.splitlines()) == 2
    plain = text.replace("\x1b[0m", "") if style == "json" else text
    assert "\x1b[2J" not in plain
    assert "\x9b" not in plain
    assert not any(line.startswith('{"event":"forged"') for line in text.splitlines())


def test_secrets_are_blotted_out_whoever_logs_them(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(LogSettings(format="json"))

    structlog.get_logger().info("sign_in", password="hunter2", session_cookie="hunter2", Authorization="hunter2")
    structlog.get_logger().info("mail", user_email="hunter2", reset_token="hunter2", url_signature="hunter2")

    text = capsys.readouterr().err
    assert "hunter2" not in text
    assert text.count("[redacted]") == 6


def test_long_values_are_cut(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(LogSettings(format="json"))

    structlog.get_logger().info("long", value="a" * 5000)

    assert written(capsys)[0]["value"] == "a" * 2000 + "…"


@pytest.mark.parametrize("style", ["json", "console"])
def test_exception_is_logged_without_local_variables(capsys: pytest.CaptureFixture[str], style: str) -> None:
    configure_logs(LogSettings.model_validate({"format": style}))
    log = structlog.get_logger()

    def fail() -> None:
        secret_of_the_function = "hunter" + str(1 + 1)
        raise ZeroDivisionError(len(secret_of_the_function))

    try:
        fail()
    except ZeroDivisionError as error:
        log.error("broken", exc_info=error)

    text = capsys.readouterr().err
    assert "ZeroDivisionError: 7" in text
    assert "hunter2" not in text
    assert style == "console" or len(text.splitlines()) == 1


def test_only_warnings_lets_a_command_use_the_site_without_telling(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(LogSettings(format="json"))
    with only_warnings():
        structlog.get_logger().info("request")
        structlog.get_logger().warning("storage_away")
    structlog.get_logger().info("after")
    assert [line["event"] for line in written(capsys)] == ["storage_away", "after"]


def test_level_is_the_settings_and_libraries_only_warn(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(LogSettings(format="json", level="info"))

    structlog.get_logger("demo").debug("too quiet")
    logging.getLogger("library").info("heard")
    for name in ("taskiq", "tortoise", "aiosqlite", "asyncio"):
        logging.getLogger(name).info("not heard")

    assert [line["event"] for line in written(capsys)] == ["heard"]


@pytest.mark.parametrize(("terminal", "shown_as_json"), [(True, False), (False, True)])
def test_auto_writes_for_people_on_a_terminal_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, terminal: object, shown_as_json: object
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    configure_logs(LogSettings(format="auto"))

    structlog.get_logger().info("hello")

    assert capsys.readouterr().err.startswith("{") is shown_as_json
