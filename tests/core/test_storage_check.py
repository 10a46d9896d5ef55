"""A storage is proven by command, and when the site starts; what fails says what to do."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from structlog.testing import capture_logs
from structlog.typing import EventDict

from core import cli
from core.commands import opening
from core.commands.storage import checked_storage
from core.settings import CoreSettings, Settings
from core.storage import Finding, Level, StorageError
from core.testing.sites import Site
from plugins.storage_disk.storage import DiskStorage
from tests.fakes.storage_memory import MemoryStorage

BAD = Finding(Level.FAIL, "ranges", "it answers with everything", "Use another store.")
POOR = Finding(Level.WARN, "cache headers", "there are none", "Set storage_s3.cache.")


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    """What every storage on disk and in memory finds of itself."""
    findings: list[Finding] = []

    async def check(storage: object, base_url: str) -> Sequence[Finding]:
        return findings

    for kind in (DiskStorage, MemoryStorage):
        monkeypatch.setattr(kind, "check", check)
    return findings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working directory, with a settings.toml of a small site."""
    for name in [name for name in os.environ if name.startswith("MUTOSCOPE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(opening, "configure_logs", lambda _: None)
    (tmp_path / "settings.toml").write_text('plugins = ["storage_disk", "transcode_ffmpeg"]\n')
    return tmp_path


def check(*names: str) -> Result:
    """Run `mutoscope storage check`."""
    with capture_logs():
        return CliRunner().invoke(cli.main, ["storage", "check", *names])


@pytest.mark.usefixtures("folder")
def test_storage_that_passes_is_named_and_exits_zero() -> None:
    result = check()
    assert result.exit_code == 0, result.output
    assert result.output.startswith("storage_disk (takes new objects)\n")
    assert "FAIL" not in result.output


@pytest.mark.usefixtures("folder")
def test_finding_that_fails_names_its_fix_and_exits_one(found: list[Finding]) -> None:
    found += [POOR, BAD]
    result = check()
    assert result.exit_code == 1
    assert "  warn  cache headers: there are none\n        → Set storage_s3.cache.\n" in result.output
    assert "  FAIL  ranges: it answers with everything\n        → Use another store.\n" in result.output
    assert "1 checks failed: do not open the site on this storage." in result.stderr


@pytest.mark.usefixtures("folder")
def test_unknown_storage_is_a_deployers_mistake_that_names_the_others() -> None:
    result = check("attic")
    assert result.exit_code == cli.EX_CONFIG
    assert "no storage is named 'attic' here; there are storage_disk" in result.stderr


def with_mode(site: Site, mode: str) -> None:
    """Let the site start with another `[storage] check_at_start`."""
    core = site.services.settings.core
    changed = CoreSettings.model_validate({**core.model_dump(), "storage": {"check_at_start": mode}})
    site.services.settings = Settings(changed, {})


async def test_site_may_refuse_to_start_on_a_storage_that_failed(site: Site, found: list[Finding]) -> None:
    with_mode(site, "refuse")
    found.append(BAD)
    with pytest.raises(StorageError, match=r"(?s)storage_memory failed its check.*ranges.*Use another store"):
        async with checked_storage(site.services):
            pass


async def test_site_that_may_refuse_starts_on_a_storage_that_passes(site: Site, found: list[Finding]) -> None:
    with_mode(site, "refuse")
    found.append(POOR)
    async with checked_storage(site.services):
        pass


async def until_warned(logs: list[EventDict]) -> EventDict:
    """Wait for the warning, as long as it may take on a busy machine."""
    async with asyncio.timeout(20):
        while not (found := [entry for entry in logs if entry["event"] == "storage_check_failed"]):
            await asyncio.sleep(0)
    return found[0]


async def test_running_site_is_warned_of_what_failed(site: Site, found: list[Finding], logs: list[EventDict]) -> None:
    found += [POOR, BAD]
    async with checked_storage(site.services):
        warning = await until_warned(logs)
    assert (warning["log_level"], warning["what"], warning["fix"]) == ("warning", "ranges", "Use another store.")


async def test_check_that_breaks_does_not_end_the_site(
    site: Site, monkeypatch: pytest.MonkeyPatch, logs: list[EventDict]
) -> None:
    async def check(base_url: str) -> Sequence[Finding]:
        raise RuntimeError("a plugin's mistake")

    monkeypatch.setattr(site.services.storage, "check", check)
    async with checked_storage(site.services):
        warning = await until_warned(logs)
    assert str(warning["exc_info"]) == "a plugin's mistake"


async def test_check_that_hangs_ends_with_the_site(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def check(base_url: str) -> Sequence[Finding]:
        await asyncio.Event().wait()
        return []

    monkeypatch.setattr(site.services.storage, "check", check)
    async with asyncio.timeout(20), checked_storage(site.services):
        await asyncio.sleep(0)


async def test_check_may_be_off(site: Site, found: list[Finding], logs: list[EventDict]) -> None:
    with_mode(site, "off")
    found.append(BAD)
    async with checked_storage(site.services):
        await asyncio.sleep(0)
    assert not [entry for entry in logs if entry["event"] == "storage_check_failed"]
