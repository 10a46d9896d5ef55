"""`mutoscope storage audit`: for people and for programs, with an exit code that says whether something is left."""

import asyncio
import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from structlog.testing import capture_logs

from core.commands import opening
from core.commands.storage_audit import audit
from core.storage import StorageError, StorageKey
from core.testing.sites import open_site
from plugins.storage_disk.storage import DiskStorage
from tests.fakes import transcoder_instant
from tests.fakes.transcoder_instant import instant_video

ORPHAN = "originals/0000000000000000/00000000000000000000000000"


@pytest.fixture
def media(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the objects of a small site, whose settings.toml is in the working directory."""
    for name in [name for name in os.environ if name.startswith("MUTOSCOPE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(opening, "configure_logs", lambda _: None)
    (tmp_path / "settings.toml").write_text('plugins = ["storage_disk", "transcode_ffmpeg"]\n')

    async def publish() -> None:
        plugins = {"storage_disk": None, "transcoder_instant": transcoder_instant}
        async with open_site(tmp_path / "data", plugins, {"storage_disk": {"min_free_bytes": 0}}) as site:
            await site.upload(await site.browser(await site.user()), instant_video())
            await site.work()

    asyncio.run(publish())
    return tmp_path / "data" / "media"


def run(*options: str) -> Result:
    with capture_logs():
        return CliRunner().invoke(audit, options)


def test_audit_reports_repairs_and_then_is_content(media: Path) -> None:
    assert run("--deep").output.startswith("All is well: 1 originals, 1 sets and ")
    (media / ORPHAN).parent.mkdir(parents=True)
    (media / ORPHAN).write_bytes(b"12345")
    reported = run()
    assert reported.exit_code == 1
    assert f"orphans: {ORPHAN} in storage_disk (5 Bytes)\n    1 object that no row refers to" in reported.output
    assert "1 discrepancies, 0 of them repaired" in reported.output
    repaired = run("--repair", "--store", "storage_disk")
    assert (repaired.exit_code, (media / ORPHAN).exists()) == (0, False)
    assert "→ Done: deleted 1" in repaired.output
    assert run().exit_code == 0


def test_lost_original_is_left_for_people(media: Path) -> None:
    (original,) = (media / "originals").glob("*/*")
    original.unlink()
    result = run("--repair", "--json")
    found, summary = [json.loads(line) for line in result.output.splitlines()]
    assert result.exit_code == 1
    assert (found["kind"], found["where"]) == ("lost original", str(original.relative_to(media)))
    assert (found["repaired"], summary["discrepancies"], summary["left"]) == (None, 1, 1)
    assert set(found) >= {"storage", "detail", "remedy", "size", "video_id"}


def test_storage_that_does_not_answer_stops_the_audit(media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def stat(self: DiskStorage, key: StorageKey) -> None:
        raise StorageError(f"{key}: the share is away")

    monkeypatch.setattr(DiskStorage, "stat", stat)
    result = run()
    assert result.exit_code == 1
    assert "the audit stopped: originals/" in result.output


def test_unknown_storage_is_refused(media: Path) -> None:
    result = run("--store", "attic")
    assert isinstance(result.exception, StorageError)
    assert "no storage is named 'attic'" in str(result.exception)
