"""The end of an upload: a look at every byte of every part, and a rename. All of it blocks: call it in a thread."""

import errno
import fcntl
import os
from collections.abc import Collection, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from xxhash import xxh3_128

from core.api import ObjectMissing, UploadMismatch, UploadTarget, composite
from plugins.storage_disk import durable
from plugins.storage_disk.records import (
    DATA,
    DECLARATION,
    Marker,
    declare,
    declared_checksum,
    marker_path,
    read_markers,
)
from plugins.storage_disk.writer import locked

_READ_BYTES = 256 * 1024
# A bad sector, which is replaced when it is written again; and an upload that was completed or aborted meanwhile.
_UNREADABLE = {errno.EIO, errno.ENOENT}


class PartsDamaged(UploadMismatch):
    """The disk gives back other bytes of these parts than were written to it."""

    def __init__(self, target: UploadTarget, numbers: Sequence[int]) -> None:
        named = ", ".join(str(number) for number in numbers[:20])
        super().__init__(
            f"upload of {target.key}: {len(numbers)} of {target.parts} parts are no longer what was sent (parts "
            f"{named}). Send them again, then complete."
        )
        self.numbers = numbers


def is_intact(folder: Path, target: UploadTarget, marker: Marker) -> bool:
    """Read a part again and tell whether its bytes are there, and those that were written."""
    digest, rest, buffer = xxh3_128(), marker.size, memoryview(bytearray(_READ_BYTES))
    try:
        with (folder / DATA).open("rb", buffering=0) as data:
            data.seek((marker.number - 1) * target.part_size)
            while count := data.readinto(buffer[: min(rest, _READ_BYTES)]):
                digest.update(buffer[:count])
                rest -= count
    except OSError as error:
        if error.errno not in _UNREADABLE:
            raise
        return False
    return rest == 0 and digest.hexdigest() == marker.xxh3


def complete(folder: Path, target: UploadTarget, destination: Path, intact: Collection[Marker]) -> str | None:
    """Give the whole upload its final name, and return its checksum if every part was declared with one.

    Doing it again is no error, whatever a crash left undone. Every part is read again but those that the caller has
    found `intact`. Raises UploadMismatch for what is missing or damaged; damaged parts are missing from then on.
    """
    with ExitStack() as resources, suppress(FileNotFoundError):
        descriptor = os.open(folder / DATA, os.O_RDWR | os.O_NOFOLLOW)
        resources.callback(os.close, descriptor)
        resources.enter_context(locked(descriptor, fcntl.LOCK_EX))
        # A parallel call may have been faster while this one waited for the lock.
        if (folder / DATA).exists():
            markers = _whole(folder, target, intact)
            with durable.refusing_when_full(target.key):
                _note_checksum(folder, target, markers)
                os.fsync(descriptor)
                durable.move(folder / DATA, destination)
                durable.sync_directory(folder)
    if not destination.is_file() or destination.stat().st_size != target.size:
        raise ObjectMissing(f"there is no upload {target.upload_id} of {target.key}; it was aborted or never opened")
    _tidy(folder)
    return declared_checksum(folder)


def _whole(folder: Path, target: UploadTarget, intact: Collection[Marker]) -> list[Marker]:
    """Return the markers of a whole upload. None can come or go meanwhile: whoever sends a part waits for the lock."""
    markers = read_markers(folder)
    target.require_whole(marker.part for marker in markers)
    damaged = [marker for marker in markers if marker not in intact and not is_intact(folder, target, marker)]
    if damaged:
        _discard(folder, damaged)
        raise PartsDamaged(target, [marker.number for marker in damaged])
    return markers


def _discard(folder: Path, markers: Sequence[Marker]) -> None:
    with durable.refusing_when_full(folder.name):
        for marker in markers:
            marker_path(folder, marker.number).unlink(missing_ok=True)
        durable.sync_directory(folder)


def _note_checksum(folder: Path, target: UploadTarget, markers: Sequence[Marker]) -> None:
    """Write down the checksum of it all before the markers go, for calls that come later or after a crash."""
    every_one_declared = all(marker.declared for marker in markers)
    checksum = composite([marker.sha256 for marker in markers]) if every_one_declared else None
    if checksum != declared_checksum(folder):
        declare(folder, target, checksum)


def _tidy(folder: Path) -> None:
    """Remove what a complete upload needs no more; its declaration keeps late senders from thinking it was aborted."""
    with suppress(FileNotFoundError):  # aborted
        for entry in folder.iterdir():
            if entry.name != DECLARATION:
                entry.unlink(missing_ok=True)
