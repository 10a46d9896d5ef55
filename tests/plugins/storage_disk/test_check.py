"""The check proves a good disk, and finds what is wrong with any other, with a remedy that names the setting."""

import errno
import fcntl
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from core.api import Finding, Level
from plugins.storage_disk import completion, durable
from plugins.storage_disk.objects import ObjectFiles
from plugins.storage_disk.storage import DiskStorage
from tests.plugins.storage_disk.conftest import SEGMENT, refusing

WHAT = ["folder", "sync", "rename", "locks", "free space", "privacy", "multipart upload", "ranges"]
Break = Callable[[pytest.MonkeyPatch], None]


async def found(storage: DiskStorage) -> dict[str, Finding]:
    """Check, by the names of the findings."""
    return {each.what: each for each in await storage.check("https://video.example")}


def tree(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*"))


async def test_good_disk_passes_and_is_left_as_it_was(stored: DiskStorage, root: Path) -> None:
    before = tree(root)
    findings = await stored.check("https://video.example")
    assert [(each.what, each.level) for each in findings] == [(what, Level.PASS) for what in WHAT]
    assert tree(root) == before
    assert await stored.stat(SEGMENT)


def no_sync(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(durable, "sync_directory", refusing(errno.EINVAL))


def other_file_system(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Path, "replace", refusing(errno.EXDEV))


def no_locks(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(fcntl, "flock", refusing(errno.ENOLCK))


def locks_for_nobody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(fcntl, "flock", lambda *_: None)


def nothing_found(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(completion, "is_intact", lambda *_: True)


def other_bytes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ObjectFiles, "read", lambda *_: b"other bytes")


@pytest.mark.parametrize(
    ("broken", "what", "fix"),
    [
        (no_sync, "sync", "storage_disk.root"),
        (other_file_system, "rename", "storage_disk.root"),
        (no_locks, "locks", "flock"),
        (locks_for_nobody, "locks", "flock"),
        (nothing_found, "multipart upload", "storage_disk.root"),
        (other_bytes, "multipart upload", "storage_disk.root"),
        (other_bytes, "ranges", "storage_disk.root"),
    ],
)
async def test_disk_that_breaks_a_promise_fails(
    storage: DiskStorage, monkeypatch: pytest.MonkeyPatch, root: Path, broken: Break, what: str, fix: str
) -> None:
    with monkeypatch.context() as patch:
        broken(patch)
        finding = (await found(storage))[what]
    assert finding.level is Level.FAIL
    assert finding.detail
    assert fix in finding.fix
    assert tree(root) == [".scratch", ".uploads"]


async def test_folder_that_cannot_be_written_to_fails(storage: DiskStorage, root: Path) -> None:
    (root / ".scratch").rmdir()
    (root / ".scratch").touch()
    findings = await found(storage)
    assert findings["folder"].level is findings["multipart upload"].level is Level.FAIL
    assert "storage_disk.root" in findings["folder"].fix


async def test_folder_inside_that_is_on_another_file_system_fails(storage: DiskStorage, root: Path) -> None:
    (root / "videos").symlink_to("/dev", target_is_directory=True)
    assert (await found(storage))["rename"].level is Level.FAIL


async def test_full_disk_fails(storage: DiskStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "_min_free", 2**60)
    finding = (await found(storage))["free space"]
    assert finding.level is Level.FAIL
    assert "storage_disk.min_free_bytes" in finding.fix


async def test_folder_that_everybody_can_enter_is_a_warning(
    storage: DiskStorage, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_stat = Path.stat

    def open_above(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        status = really_stat(path, follow_symlinks=follow_symlinks)
        return os.stat_result((status.st_mode | stat.S_IXOTH, *status[1:])) if path in root.parents else status

    monkeypatch.setattr(Path, "stat", open_above)
    assert (await found(storage))["privacy"].level is Level.PASS
    root.chmod(0o755)
    finding = (await found(storage))["privacy"]
    assert finding.level is Level.WARN
    assert "chmod 700" in finding.fix


def test_folder_is_made_for_the_site_alone(storage: DiskStorage, root: Path) -> None:
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
