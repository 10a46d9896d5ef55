"""What was written is what is read: as a part comes, as the upload is completed, and after a crash (THREATS U-13)."""

import asyncio
import errno
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from core.api import Settings, Signer, UploadMismatch, composite
from core.testing.sending import Sender, content_of, in_ten_minutes, sha256_of, some_bytes
from plugins.storage_disk import durable
from plugins.storage_disk.records import Marker
from plugins.storage_disk.storage import DiskStorage
from tests.plugins.storage_disk.conftest import refusing


@pytest.fixture
def folder(sender: Sender, root: Path) -> Path:
    """Where the upload's data and markers are."""
    return root / ".uploads" / sender.target.upload_id


@pytest.fixture
def checksum(sender: Sender) -> str:
    """The checksum of the whole upload."""
    return composite([sha256_of(sender.part(number)) for number in (1, 2, 3)])


def flip(path: Path, at: int) -> None:
    """Change one bit, as a failing disk may."""
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))


@pytest.mark.parametrize("declared", [False, True])
@pytest.mark.parametrize(("at", "number"), [(0, 1), (65_536, 2), (2 * 65_536 + 999, 3)])
async def test_u13_byte_flipped_on_disk_is_found_and_the_part_sent_again(
    storage: DiskStorage, sender: Sender, folder: Path, at: int, number: int, *, declared: bool
) -> None:
    await sender.send(1, 2, 3, declared=declared)
    flip(folder / "data", at)
    with capture_logs() as logs, pytest.raises(UploadMismatch, match=f"1 of 3 parts .* \\(parts {number}\\)"):
        await storage.complete_upload(sender.target)
    assert [(log["event"], log["parts"]) for log in logs] == [("parts_damaged", [number])]
    assert await storage.stat(sender.target.key) is None
    assert await sender.received() == sorted({1, 2, 3} - {number})
    await sender.send(number, declared=declared)
    await storage.complete_upload(sender.target)
    assert await content_of(storage, sender.target.key) == sender.content


async def test_u13_swapped_parts_are_found(storage: DiskStorage, sender: Sender, folder: Path) -> None:
    await sender.send(1, 2, 3)
    data = (folder / "data").read_bytes()
    (folder / "data").write_bytes(data[65_536:131_072] + data[:65_536] + data[131_072:])
    with pytest.raises(UploadMismatch, match=r"2 of 3 parts .* \(parts 1, 2\)"):
        await storage.complete_upload(sender.target)
    assert await sender.received() == [3]


@pytest.mark.parametrize("content", [b"", b"{}", b'{"size": 65536}', b"\xff", b"null"])
async def test_u13_part_with_a_damaged_marker_is_absent(sender: Sender, folder: Path, content: bytes) -> None:
    await sender.send(1, 2, 3)
    (folder / "2.json").write_bytes(content)
    assert await sender.received() == [1, 3]
    with pytest.raises(UploadMismatch, match="parts 2"):
        await sender.storage.complete_upload(sender.target)
    await sender.send(2)
    await sender.storage.complete_upload(sender.target)


async def test_u13_part_that_cannot_be_read_is_damaged(
    storage: DiskStorage, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sender.send(3)
    (marker,) = storage.ledger.markers(sender.target.upload_id)
    assert storage.ledger.is_intact(sender.target, marker)
    monkeypatch.setattr(Path, "open", refusing(errno.EIO))
    assert not storage.ledger.is_intact(sender.target, marker)


async def test_u13_refused_bytes_are_answered_with_the_reason(sender: Sender, folder: Path) -> None:
    signed = await sender.sign(1, declared=True)
    body = some_bytes(65_536, "other")
    async with sender.http.session.put(sender.http.address(signed.url), data=body) as response:
        answer = await response.json()
    assert (response.status, answer["code"]) == (400, "part_changed")
    assert sorted(path.name for path in folder.iterdir()) == ["1.lock", "data", "upload.json"]


async def test_checksum_is_listed_only_where_it_was_declared(sender: Sender) -> None:
    await sender.send(1, declared=True)
    await sender.send(2)
    found = await sender.storage.list_parts(sender.target)
    assert [part.sha256 for part in found] == [sha256_of(sender.part(1)), None]


async def test_upload_of_which_a_part_was_not_declared_has_no_checksum(sender: Sender) -> None:
    await sender.send(1, 3, declared=True)
    await sender.send(2)
    assert (await sender.storage.complete_upload(sender.target)).checksum is None


@pytest.mark.parametrize("sha256", ["", "x", "AAAA", "not base64 at all!", sha256_of(b"")[:-1]])
async def test_what_is_no_checksum_is_not_signed(sender: Sender, sha256: str) -> None:
    with pytest.raises(ValueError, match=r"no SHA-256|base64|padding"):
        await sender.storage.sign_part(sender.target, 1, expires_at=in_ten_minutes(), sha256=sha256)


async def test_checksum_survives_a_crash_before_the_answer(
    storage: DiskStorage,
    sender: Sender,
    checksum: str,
    settings: Settings,
    signer: Signer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await sender.send(1, 2, 3, declared=True)
    really_move = durable.move

    def move_and_die(source: Path, target: Path) -> None:
        really_move(source, target)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(durable, "move", move_and_die)
        with pytest.raises(KeyboardInterrupt):
            storage.ledger.complete(sender.target, storage.objects.path(sender.target.key))
    restarted = DiskStorage(settings, signer)
    restarted.prepare()
    assert [(await restarted.complete_upload(sender.target)).checksum for _ in range(2)] == [checksum] * 2


async def test_checksum_is_that_of_the_last_bytes_sent(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """A completion fails at the last moment; then a part is sent again, and nothing is declared of it."""
    await sender.send(1, 2, 3, declared=True)
    with monkeypatch.context() as patch:
        patch.setattr(durable, "move", refusing(errno.EACCES))
        with pytest.raises(PermissionError):
            await sender.storage.complete_upload(sender.target)
    await sender.send(2)
    assert (await sender.storage.complete_upload(sender.target)).checksum is None


async def test_u5_part_sent_again_after_it_was_found_intact_is_read_again(
    storage: DiskStorage, sender: Sender, folder: Path
) -> None:
    await sender.send(1, 2, 3)
    intact = storage.ledger.markers(sender.target.upload_id)
    await sender.send(2)
    flip(folder / "data", 65_536)
    with pytest.raises(UploadMismatch, match="parts 2"):
        storage.ledger.complete(sender.target, storage.objects.path(sender.target.key), intact)


async def test_u12_parallel_completes_read_every_part_once(
    storage: DiskStorage, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    really = storage.ledger.is_intact

    def counted(target: object, marker: Marker) -> bool:
        read.append(marker.number)
        return really(sender.target, marker)

    monkeypatch.setattr(storage.ledger, "is_intact", counted)
    await sender.send(1, 2, 3)
    await asyncio.gather(*(storage.complete_upload(sender.target) for _ in range(20)))
    assert sorted(read) == [1, 2, 3]
