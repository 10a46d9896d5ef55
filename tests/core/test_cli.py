"""The command line: what works says so, and what does not says what to change; no mistake ends in a traceback."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from structlog.testing import capture_logs

from core import cli
from core.commands import opening
from core.jobs import JobKind

EX_CONFIG = 78
PLUGINS = 'plugins = ["storage_disk", "transcode_ffmpeg", "catalog"]\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working directory, with a settings.toml of a small site."""
    for name in [name for name in os.environ if name.startswith("MUTOSCOPE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(opening, "configure_logs", lambda _: None)
    (tmp_path / "settings.toml").write_text(PLUGINS)
    return tmp_path


def run(*arguments: str) -> Result:
    """Run a command in this process, without its log."""
    with capture_logs():
        return CliRunner().invoke(cli.main, arguments)


def refused(*arguments: str) -> str:
    """Run a command that must be refused for a mistake of the deployer's, and return what is said."""
    result = run(*arguments)
    assert result.exit_code == EX_CONFIG, result.output
    assert result.stderr.startswith("mutoscope cannot start:\n")
    return result.stderr


def test_check_says_what_the_site_is_made_of() -> None:
    assert run("migrate").exit_code == 0

    result = run("check")

    assert result.exit_code == 0, result.output
    assert result.output.startswith("All is well. Plugins: storage_disk, transcode_ffmpeg, catalog. Routes: ")


def test_check_of_tables_that_are_not_up_to_date_names_them_and_the_remedy() -> None:
    result = run("check")

    assert result.exit_code == 1
    assert result.stderr.startswith("Tables are not up to date (core). Run `mutoscope migrate`.")


def test_migrate_says_what_it_applied_and_then_has_nothing_to_do(folder: Path) -> None:
    assert "applied core.0001_initial" in run("migrate").output
    assert run("migrate").output == "Nothing to do: the tables are up to date.\n"
    assert (folder / "data" / "mutoscope.sqlite3").exists()


def test_makemigrations_has_nothing_to_do_for_models_as_they_are() -> None:
    assert run("makemigrations").output == "Nothing to do: the models have not changed.\n"


def test_plugin_list_says_which_are_on() -> None:
    lines = run("plugin", "list").output.splitlines()

    states = {line.split()[1]: line.split()[0] for line in lines}
    assert (states["catalog"], states["studio"], states["storage_disk"]) == ("on", "off", "on")
    assert any(line.startswith("on   catalog") and "Where visitors find" in line for line in lines)


def test_createuser_creates_a_user_once() -> None:
    assert run("createuser", "@Ada", "ada@example.org", "--role", "admin").output == "Created admin @ada.\n"

    result = run("createuser", "ada", "other@example.org")
    assert (result.exit_code, result.stderr) == (1, "Error: @ada is taken.\n")


def test_createuser_names_every_value_that_is_wrong() -> None:
    result = run("createuser", "a", "nobody", "--display-name", " ")

    assert result.exit_code == 1
    assert "handle: A handle has 3 to 30" in result.stderr
    assert "email: This is no e-mail address" in result.stderr
    assert "display_name: This is needed." in result.stderr


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ('plugins = ["catalogue"]', "names 'catalogue', which is not installed. Did you mean 'catalog'?"),
        ('plugins = ["catalog", "transcode_ffmpeg"]', "no enabled plugin provides a storage. Add one to plugins"),
        ('plugins = ["storage_disk"]', "no enabled plugin provides a transcoder. Add one to plugins"),
        ('plugins = ["catalog", "catalog"]', "plugins lists 'catalog' more than once in settings.toml. Keep one."),
        (PLUGINS + "[server]\nprot = 1", "server.prot: unknown setting; did you mean 'port'?"),
        (PLUGINS + "[catalogg]", "catalogg: unknown setting; did you mean 'catalog'?"),
        (PLUGINS + 'secret_keys = ["short"]', "it has fewer than 32 bytes; generate one with `openssl rand -hex 32`"),
        (PLUGINS + '[database]\nurl = "sqlite:///no/such/folder/db"', "Cannot open the database sqlite:///no/such"),
        ('theme = "neon"\nplugins = []', "theme = 'neon' is not installed. Installed are: default"),
        ("plugins = [", "settings.toml cannot be read: "),
    ],
)
def test_mistake_in_the_settings_ends_in_one_readable_message(folder: Path, settings: str, said: str) -> None:
    (folder / "settings.toml").write_text(settings)

    assert said in refused("check")


def test_two_providers_of_a_kind_are_both_named(folder: Path) -> None:
    (folder / "settings.toml").write_text(PLUGINS.replace("]", ', "mail_file", "mail_smtp"]'))
    (folder / ".secrets.toml").write_text('[mail_smtp]\nhost = "localhost"\nsender = "site@example.org"\n')

    assert "mail_file and mail_smtp both provide a mailer. Keep one of them" in refused("check")


def test_missing_setting_is_named_and_the_environment_supplies_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "settings.toml").write_text(PLUGINS.replace("]", ', "mail_smtp"]'))
    assert "mail_smtp.host is missing. Add it to [mail_smtp] in settings.toml, or set the environment" in refused(
        "check"
    )

    monkeypatch.setenv("MUTOSCOPE_MAIL_SMTP__HOST", "localhost")
    monkeypatch.setenv("MUTOSCOPE_MAIL_SMTP__SENDER", "site@example.org")
    assert run("migrate").exit_code == 0
    assert run("check").exit_code == 0


def test_help_is_there_even_when_the_settings_are_wrong(folder: Path) -> None:
    (folder / "settings.toml").write_text("plugns = []")

    result = run("--help")

    assert result.exit_code == 0
    assert "serve" in result.stdout
    assert "plugns: unknown setting; did you mean 'plugins'?" in result.stderr
    assert "did you mean 'plugins'?" in refused("no-such-command")


def test_unknown_command_is_named() -> None:
    result = run("srve")

    assert result.exit_code == 2
    assert "No such command 'srve'" in result.stderr


def already_stopped() -> asyncio.Event:
    """Return what the signal sets, as if it had come already."""
    stopped = asyncio.Event()
    stopped.set()
    return stopped


@pytest.mark.parametrize("embedded", ["true", "false"])
def test_serve_and_worker_stop_when_they_are_told_to(
    folder: Path, monkeypatch: pytest.MonkeyPatch, embedded: str
) -> None:
    (folder / "settings.toml").write_text(PLUGINS + f"[server]\nport = 0\n[jobs]\nembedded_worker = {embedded}\n")

    monkeypatch.setattr(cli, "stop_signal", already_stopped)

    assert "Mutoscope is at http://127.0.0.1:8000 (listening on 127.0.0.1:" in run("serve").output
    assert run("worker").output == "Worker for http://127.0.0.1:8000: 2 jobs at once.\n"


def test_worker_takes_its_concurrency_from_the_command_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "settings.toml").write_text(PLUGINS + "[jobs]\nconcurrency = 3\n")
    monkeypatch.setattr(cli, "stop_signal", already_stopped)

    assert run("worker", "--concurrency", "7").output == "Worker for http://127.0.0.1:8000: 7 jobs at once.\n"
    assert run("worker").output == "Worker for http://127.0.0.1:8000: 3 jobs at once.\n"
    assert (
        "Invalid value for '--concurrency': 0 is not in the range 1<=x<=256." in run("worker", "--concurrency=0").stderr
    )


MUTOSCOPE = Path(sys.executable).with_name("mutoscope")


@contextmanager
def started(folder: Path, *arguments: str, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """Start the installed command in a folder, and kill it if it is still there in the end."""
    variables: Mapping[str, str] = {**os.environ, **environment}
    with subprocess.Popen(
        [MUTOSCOPE, *arguments],
        cwd=folder,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [pytest.param(signal.SIGINT, marks=pytest.mark.slow), signal.SIGTERM])
def test_real_server_says_where_it_is_and_stops_at_a_signal(folder: Path, number: signal.Signals) -> None:
    with started(folder, "serve", MUTOSCOPE_SERVER__PORT="0") as process:
        assert process.stdout is not None
        said = ""
        while "Stop with Ctrl+C" not in said:
            said += (line := process.stdout.readline())
            assert line, process.communicate()
        process.send_signal(number)
        _, errors = process.communicate(timeout=90)

    assert "Mutoscope is at http://127.0.0.1:8000 (listening on 127.0.0.1:" in said
    assert process.returncode == 0
    assert "Traceback" not in errors


@pytest.mark.slow
def test_taken_port_is_named_with_the_setting_that_chooses_another(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with started(folder, "serve", MUTOSCOPE_SERVER__PORT=str(port)) as process:
            _, errors = process.communicate(timeout=90)

    assert process.returncode == EX_CONFIG
    assert f"mutoscope cannot start:\n127.0.0.1:{port} cannot be listened on: " in errors
    assert "or choose another port: MUTOSCOPE_SERVER__PORT=8001, or [server] port in settings.toml" in errors
    assert "Traceback" not in errors


def test_real_command_refuses_a_mistake_without_a_traceback(folder: Path) -> None:
    with started(folder, "check", MUTOSCOPE_PLUGINS='["catalogue"]') as process:
        _, errors = process.communicate(timeout=90)

    assert process.returncode == EX_CONFIG
    assert "Did you mean 'catalog'?" in errors
    assert "Traceback" not in errors


def test_new_kind_of_job_needs_a_name_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run_job(context: object) -> None: ...

    assert run("migrate").exit_code == 0
    monkeypatch.setattr("core.services.Keeping.kinds", lambda _: [JobKind("videos.probe", run_job)])

    assert "two kinds of job are named 'videos.probe'" in refused("check")
