"""`mutoscope storage move` says what it does, stops when it is asked to, and tells by its exit code what is left."""

import asyncio
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from core.commands import opening, storage_move
from core.models import StorageCopy, Video
from core.storage import StorageError, StorageFull
from core.storage_moves import Course, progress
from core.testing.sites import Browser, Site
from tests.core.storage_moves.watching import Mover
from tests.fakes.storage_memory import MemoryStorage


@pytest.fixture
def empty_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be in the folder of a site that has one storage and no videos."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(opening, "configure_logs", lambda _: None)
    (tmp_path / "settings.toml").write_text('plugins = ["storage_disk", "transcode_ffmpeg"]\n')


def run(*arguments: str) -> Result:
    return CliRunner().invoke(storage_move.move, arguments)


@pytest.mark.usefixtures("empty_site")
def test_nothing_to_do_is_success() -> None:
    result = run("--to", "storage_disk")
    assert (result.exit_code, "Nothing is left to be moved." in result.output) == (0, True)


@pytest.mark.usefixtures("empty_site")
@pytest.mark.parametrize("arguments", [("--to", "cellar"), ("--to", "storage_disk", "--from", "cellar")])
def test_unknown_storage_is_refused_by_its_name(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert "no storage is named 'cellar'" in str(result.exception)


def test_same_storage_twice_is_refused() -> None:
    result = run("--to", "attic", "--from", "attic")
    assert (result.exit_code, "both name attic" in result.output) == (2, True)


@pytest.mark.usefixtures("empty_site")
def test_dry_run_moves_nothing() -> None:
    result = run("--to", "storage_disk", "--dry-run")
    assert (result.exit_code, result.output) == (0, "0 originals and rendition sets would be moved (0 Bytes).\n")


async def test_move_says_where_new_uploads_go_and_what_was_moved(
    site: Site, video: Video, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await storage_move.run_move(site.services, Course("attic"))
    said = capsys.readouterr().out
    assert "New uploads go to storage_memory until storage.primary says attic" in said
    assert "3 moved (" in said
    assert "Nothing is left to be moved." in said


async def test_progress_is_told_in_lines_for_people(
    site: Site, video: Video, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_EVERY_SECONDS", 0)
    assert await storage_move.run_move(site.services, Course("attic"))
    lines = [line for line in capsys.readouterr().out.splitlines() if " of 3 moved, " in line]
    told = r"  0 of 3 moved, [\d.]+ (Bytes|kB) of 13.3 kB, [\d.]+ (Bytes|[kM]B)/s(, about .+ left)?"
    assert re.fullmatch(told, lines[0])
    assert "13.3 kB of 13.3 kB" in lines[-1]


async def test_full_store_is_told_and_so_is_where_new_uploads_go_on_the_way_back(
    site: Site, video: Video, attic: MemoryStorage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def full(*_: object, **__: object) -> None:
        raise StorageFull("the attic is full.")

    monkeypatch.setattr(attic, "put_file", full)
    assert not await storage_move.run_move(site.services, Course("attic"))
    assert "There is no room left: the attic is full." in capsys.readouterr().err
    assert await storage_move.run_move(site.services, Course("storage_memory", back=True))
    assert "New uploads still go to storage_memory" in capsys.readouterr().out


async def test_what_could_not_be_moved_is_told(
    site: Site, video: Video, attic: MemoryStorage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def down(*_: object, **__: object) -> None:
        raise StorageError("the store did not answer")

    monkeypatch.setattr(attic, "put_file", down)
    assert not await storage_move.run_move(site.services, Course("attic"))
    assert "Something could not be moved and stays where it was" in capsys.readouterr().err


async def test_open_uploads_are_left_and_said(
    site: Site, studio: Browser, video: Video, capsys: pytest.CaptureFixture[str]
) -> None:
    await studio.api("POST", "/uploads", {"file_name": "clip.mp4", "size": 2000, "content_type": "video/mp4"})
    assert not await storage_move.run_move(site.services, Course("attic"))
    assert "1 uploads are still being sent to the old storage" in capsys.readouterr().out


async def test_ctrl_c_ends_the_run_and_the_next_goes_on(
    site: Site, video: Video, attic: MemoryStorage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = asyncio.Event()

    async def never(*_: object, **__: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patched, signals_restored():
        patched.setattr(attic, "put_file", never)
        running = asyncio.create_task(storage_move.run_move(site.services, Course("attic")))
        await asyncio.wait_for(begun.wait(), 10)
        os.kill(os.getpid(), signal.SIGINT)
        assert not await asyncio.wait_for(running, 30)
    assert "Interrupted. Run it again" in capsys.readouterr().err
    assert not await StorageCopy.filter(holder__isnull=False).exists()
    assert await Mover(site).move("attic")


@contextmanager
def signals_restored() -> Iterator[None]:
    """Give SIGINT and SIGTERM back to pytest, which the command has taken."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            asyncio.get_running_loop().remove_signal_handler(number)
            signal.signal(number, handler)
