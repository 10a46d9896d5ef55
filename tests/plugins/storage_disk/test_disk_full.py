"""A full disk refuses in time and keeps nothing of what it refused (THREATS U-14, U-15, R-6)."""

import errno
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.api import Settings, Signer, StorageFull, StorageKey
from core.settings import CoreSettings
from core.testing.sending import Sender, StorageHttp, content_of, some_bytes
from plugins.storage_disk import durable
from plugins.storage_disk.settings import DiskSettings
from plugins.storage_disk.storage import DiskStorage
from tests.plugins.storage_disk.conftest import CONTENT, SEGMENT, refusing
from tests.plugins.storage_disk.wire import wire_to

MIB = 1024**2
KEY = StorageKey("originals/0video/0upload")


@contextmanager
def no_file_over(size: int) -> Iterator[None]:
    """Let the kernel refuse to make a file larger than this."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def full_after(writes: int, monkeypatch: pytest.MonkeyPatch, number: int = errno.ENOSPC) -> None:
    """Let the disk take so many writes and then no more."""
    left, really = iter(range(writes)), os.pwrite

    def write(descriptor: int, content: memoryview, offset: int) -> int:
        if next(left, None) is None:
            raise OSError(number, os.strerror(number))
        return really(descriptor, content[: MIB // 2], offset)

    monkeypatch.setattr(os, "pwrite", write)


async def status_of_part(sender: Sender, number: int) -> tuple[int, str | None]:
    async with wire_to(sender.http) as wire:
        await wire.request("PUT", (await sender.sign(number)).url, content_length=len(sender.part(number)))
        await wire.send(sender.part(number))
        answer = await wire.answer()
        return answer.status, answer.headers.get("retry-after")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("writes", [0, 1, 2])
async def test_r6_part_that_does_not_fit_is_absent_and_can_be_sent_later(
    storage: DiskStorage, sender: Sender, monkeypatch: pytest.MonkeyPatch, writes: int, number: int
) -> None:
    target = await storage.open_upload(KEY, size=2 * MIB, part_size=2 * MIB, content_type="video/mp4")
    big = Sender(storage, sender.http, target)
    with monkeypatch.context() as patch:
        full_after(writes, patch, number)
        assert await status_of_part(big, 1) == (507, "60")
    assert await big.received() == []
    await big.send(1)
    await storage.complete_upload(target)
    assert await content_of(storage, KEY) == big.content


async def test_r6_file_system_that_refuses_is_a_full_one(sender: Sender) -> None:
    await sender.send(1)
    with no_file_over(65_536):
        assert await status_of_part(sender, 2) == (507, "60")
    assert await sender.received() == [1]
    await sender.send(2)


async def test_r6_disk_that_is_full_at_the_sync_leaves_the_part_absent(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "sync_data", refusing(errno.ENOSPC))
    assert await status_of_part(sender, 1) == (507, "60")
    assert await sender.received() == []


async def test_r6_upload_that_cannot_be_completed_stays_open(
    sender: Sender, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sender.send(1, 2, 3, declared=True)
    for owner, name in [(os, "fsync"), (Path, "replace"), (Path, "mkdir")]:
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, refusing(errno.ENOSPC))
            with pytest.raises(StorageFull):
                await sender.storage.complete_upload(sender.target)
        assert await sender.received() == [1, 2, 3]
    stored = await sender.storage.complete_upload(sender.target)
    assert (root / stored.key).read_bytes() == sender.content
    assert stored.checksum is not None


async def test_r6_reading_goes_on_when_the_disk_is_full(
    stored: DiskStorage, http: StorageHttp, monkeypatch: pytest.MonkeyPatch
) -> None:
    full_after(0, monkeypatch)
    monkeypatch.setattr(os, "fsync", refusing(errno.ENOSPC))
    assert await http.get(stored.url(SEGMENT, None)) == (200, CONTENT)
    assert await content_of(stored, SEGMENT) == CONTENT


async def test_r6_upload_that_cannot_be_opened_leaves_nothing(storage: DiskStorage, root: Path) -> None:
    with no_file_over(MIB), pytest.raises(StorageFull, match="originals/0video/0upload"):
        await storage.open_upload(KEY, size=2 * MIB, part_size=MIB, content_type="video/mp4")
    assert [entry for folder in (".uploads", ".scratch") for entry in (root / folder).iterdir()] == []


async def test_r6_file_that_cannot_be_stored_leaves_nothing(storage: DiskStorage, root: Path, tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(some_bytes(2 * MIB))
    with no_file_over(MIB), pytest.raises(StorageFull, match="originals/0video/0upload"):
        await storage.put_file(KEY, tmp_path / "big", content_type="video/mp4")
    assert await storage.stat(KEY) is None
    assert list((root / ".scratch").iterdir()) == []


def disk_with(free: int, floor: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DiskStorage:
    """A storage on a disk that has `free` bytes, of which `floor` stay free."""
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=free // 512, f_frsize=512))
    own = DiskSettings(min_free_bytes=floor)
    storage = DiskStorage(Settings(CoreSettings(data_dir=tmp_path), {"storage_disk": own}), Signer([b"s" * 32]))
    storage.prepare()
    return storage


@dataclass(frozen=True)
class Opening:
    """How an upload is opened in these tests."""

    storage: DiskStorage

    async def of(self, size: int, name: str = "u") -> None:
        await self.storage.open_upload(StorageKey(f"o/{name}"), size=size, part_size=MIB, content_type="")


async def test_u14_free_space_floor_is_kept_to_the_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opening = Opening(disk_with(10 * MIB, 4 * MIB, tmp_path, monkeypatch))
    with pytest.raises(StorageFull, match="min_free_bytes"):
        await opening.of(6 * MIB + 1)
    await opening.of(6 * MIB)


async def test_u14_what_was_promised_to_open_uploads_is_not_promised_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = disk_with(10 * MIB, 0, tmp_path, monkeypatch)
    target = await storage.open_upload(KEY, size=8 * MIB, part_size=MIB, content_type="")
    with pytest.raises(StorageFull, match=r"2\d{6} are left"):
        await Opening(storage).of(3 * MIB)
    await storage.abort_upload(target)
    await Opening(storage).of(3 * MIB)


async def test_u15_abandoned_upload_is_swept_by_the_next_one(storage: DiskStorage, root: Path) -> None:
    abandoned = await storage.open_upload(KEY, size=10, part_size=10, content_type="")
    os.utime(root / ".uploads" / abandoned.upload_id, (0, 0))
    kept = await storage.open_upload(StorageKey("o/u"), size=10, part_size=10, content_type="")
    assert [entry.name for entry in (root / ".uploads").iterdir()] == [kept.upload_id]


async def test_u15_complete_upload_leaves_only_what_dead_links_need(
    sender: Sender, storage: DiskStorage, root: Path
) -> None:
    await sender.send(1, 2, 3)
    await storage.complete_upload(sender.target)
    folder = root / ".uploads" / sender.target.upload_id
    assert [entry.name for entry in folder.iterdir()] == ["upload.json"]
    os.utime(folder, (0, 0))
    storage.prepare()
    assert list((root / ".uploads").iterdir()) == []
    assert (await storage.complete_upload(sender.target)).size == sender.target.size


async def test_u15_scratch_of_a_crash_is_swept(storage: DiskStorage, root: Path) -> None:
    for name in ("old-file", "old-folder/x", "new-file"):
        (root / ".scratch" / name).parent.mkdir(exist_ok=True)
        (root / ".scratch" / name).touch()
    for name in ("old-file", "old-folder"):
        os.utime(root / ".scratch" / name, (0, 0))
    storage.prepare()
    assert [entry.name for entry in (root / ".scratch").iterdir()] == ["new-file"]
