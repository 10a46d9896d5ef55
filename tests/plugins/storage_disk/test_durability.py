"""What was answered for is on the disk, in the right order, beside any other sender (THREATS 4.1, U-5)."""

import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from core.api import StorageError, StorageKey, UploadMismatch, UploadTarget
from core.testing.sending import Sender, in_ten_minutes
from plugins.storage_disk import durable
from plugins.storage_disk.parts import PartLedger
from plugins.storage_disk.storage import DiskStorage
from tests.plugins.storage_disk import crash

MIB = 1024**2


@pytest.fixture
def syscalls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Write down every change to the disk as `call name`."""
    seen: list[str] = []

    def noted(name: str, really: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            subject = args[-1] if name in ("rename", "replace") else args[0]
            path = Path(f"/proc/self/fd/{subject}").readlink() if isinstance(subject, int) else Path(subject)
            seen.append(f"{name} {path.name}")
            return really(*args, **kwargs)

        return call

    for name in ("pwrite", "fsync", "rename", "replace", "unlink"):
        monkeypatch.setattr(os, name, noted(name, getattr(os, name)))
    monkeypatch.setattr(durable, "sync_data", noted("fdatasync", durable.sync_data))
    return seen


async def test_part_is_synced_before_it_is_declared_and_declared_before_the_answer(
    sender: Sender, syscalls: list[str]
) -> None:
    await sender.send(1)
    folder = sender.target.upload_id
    names = [call for call in syscalls if not call.startswith("fsync .1.json")]
    assert names == ["pwrite data", "fdatasync data", "replace 1.json", f"fsync {folder}"]


async def test_part_is_durably_absent_before_its_bytes_change(sender: Sender, syscalls: list[str]) -> None:
    await sender.send(1)
    syscalls.clear()
    await sender.send(1)
    assert syscalls[:3] == ["unlink 1.json", f"fsync {sender.target.upload_id}", "pwrite data"]


async def test_object_is_synced_before_it_has_its_name_and_the_name_before_the_answer(
    storage: DiskStorage, sender: Sender, syscalls: list[str]
) -> None:
    await sender.send(1, 2, 3)
    syscalls.clear()
    await storage.complete_upload(sender.target)
    name = sender.target.key.rpartition("/")[2]
    order = ["fsync data", f"replace {name}", "fsync 0video0000000000", f"fsync {sender.target.upload_id}"]
    assert [call for call in syscalls if call in order] == order


async def test_checksum_is_written_down_before_the_object_has_its_name(
    storage: DiskStorage, sender: Sender, syscalls: list[str]
) -> None:
    await sender.send(1, 2, 3, declared=True)
    syscalls.clear()
    await storage.complete_upload(sender.target)
    order = ["replace upload.json", f"fsync {sender.target.upload_id}", "fsync data", "unlink 1.json"]
    first = [syscalls.index(call) for call in order]
    assert first == sorted(first)
    assert syscalls.index("fsync data") < syscalls.index(f"replace {sender.target.key.rpartition('/')[2]}") < first[-1]


async def test_stored_file_is_synced_before_it_has_its_name(
    storage: DiskStorage, syscalls: list[str], tmp_path: Path
) -> None:
    (tmp_path / "source").write_bytes(b"bytes")
    await storage.put_file(StorageKey("videos/v/s/1.m4s"), tmp_path / "source", content_type="video/mp4")
    draft = syscalls.index("replace 1.m4s")
    assert syscalls[draft - 1].startswith("fsync") or "fsync v" in syscalls[:draft]
    assert syscalls[draft + 1] == "fsync s"


def test_u5_completing_never_races_a_sender(tmp_path: Path) -> None:
    """Two threads, one of which sends part 1 again and again while the other completes."""
    for name in (".uploads", ".scratch"):
        (tmp_path / name).mkdir()
    for round_number in range(20):
        ledger, key = PartLedger(tmp_path / ".uploads", tmp_path / ".scratch"), StorageKey(f"o/{round_number}")
        target = ledger.open(key, size=crash.SIZE, part_size=crash.PART_SIZE)
        for number in (1, 2, 3):
            crash.send(ledger, target.upload_id, number, crash.NEW)
        thread = threading.Thread(target=send_until_closed, args=(ledger, target.upload_id))
        thread.start()
        digest = completed_digest(ledger, target, tmp_path / key)
        thread.join()
        assert hashlib.sha256((tmp_path / key).read_bytes()).hexdigest() == digest
        assert (tmp_path / key).read_bytes() in (crash.NEW, crash.OLD[:1000] + crash.NEW[1000:])


def send_until_closed(ledger: PartLedger, upload_id: str) -> None:
    try:
        while True:
            crash.send(ledger, upload_id, 1, crash.OLD)
    except StorageError:
        return


def completed_digest(ledger: PartLedger, target: UploadTarget, destination: Path) -> str:
    """Complete as soon as no part is being sent, and return the digest at that moment."""
    while True:
        try:
            ledger.complete(target, destination)
        except UploadMismatch:
            continue
        return hashlib.sha256(destination.read_bytes()).hexdigest()


async def test_memory_stays_flat_while_a_large_part_arrives(storage: DiskStorage, sender: Sender) -> None:
    size = 300 * MIB
    target = await storage.open_upload(StorageKey("o/large"), size=size, part_size=size, content_type="video/mp4")
    signed = await storage.sign_part(target, 1, expires_at=in_ten_minutes())
    process, peak = psutil.Process(), 0
    before = process.memory_info().rss

    async def body() -> Any:
        nonlocal peak
        for _ in range(size // (MIB // 4)):
            yield b"\0" * (MIB // 4)
            peak = max(peak, process.memory_info().rss)

    headers = {"Content-Length": str(size)}
    async with sender.http.session.put(sender.http.address(signed.url), data=body(), headers=headers) as response:
        assert response.status == 200
    assert peak - before < 48 * MIB
