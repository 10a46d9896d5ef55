"""The ledger of uploads: one sparse file for each, and a marker for every part that has safely arrived.

    <root>/.uploads/<id>/upload.json   what was declared; stays for a while, with the checksum of it all
                         data          the parts at their final offsets
                         <n>.json      part n is whole and durable; its size and checksum
                         <n>.lock      locked by whoever is sending part n

A sender takes the marker away before its first byte and puts it back after its last, so an upload with every marker has
no sender; completing it is a look at every byte and a rename. Everything here blocks: call it in a thread.
"""

import os
import re
import secrets
import shutil
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from core.api import ObjectMissing, Part, StorageKey, UploadTarget
from plugins.storage_disk import durable
from plugins.storage_disk.completion import complete, is_intact
from plugins.storage_disk.records import DATA, Marker, declare, read_markers
from plugins.storage_disk.writer import PartWriter

_UPLOAD_ID = re.compile(r"[0-9a-f]{32}")
_BLOCK = 512  # the unit of st_blocks, whatever the file system's own is
_SCRATCH_SECONDS = 3600  # nobody writes to a scratch file and then rests this long


class PartLedger:
    """The uploads below `directory`; `scratch` is a folder beside it for what has no name yet, or no more."""

    def __init__(self, directory: Path, scratch: Path) -> None:
        self._directory = directory
        self._scratch = scratch

    def open(self, key: StorageKey, *, size: int, part_size: int) -> UploadTarget:
        """Start an upload; it takes up no space yet."""
        target = UploadTarget(key, secrets.token_hex(16), size, part_size)
        draft = self._scratch / target.upload_id
        draft.mkdir()
        try:
            with (draft / DATA).open("xb") as data:
                data.truncate(size)
                os.fsync(data.fileno())
            declare(draft, target)
            durable.move(draft, self._folder(target.upload_id))
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        return target

    def writer(self, upload_id: str, number: int, sha256: str | None = None) -> PartWriter:
        """Return what writes one part, still to be opened; `sha256` (base64) is what its sender has declared."""
        return PartWriter(self._folder(upload_id), number, sha256)

    def received(self, upload_id: str) -> list[Part]:
        """Return the whole parts, ascending. Raises ObjectMissing unless the upload is open."""
        return [marker.part for marker in self.markers(upload_id)]

    def markers(self, upload_id: str) -> list[Marker]:
        """Return what is written down of the whole parts, ascending. Raises ObjectMissing unless the upload is open."""
        folder = self._folder(upload_id)
        with suppress(FileNotFoundError):
            found = read_markers(folder)
            # Looked at last: a completion in another process takes the data away first, and then the markers.
            if (folder / DATA).exists():
                return found
        raise ObjectMissing(f"there is no open upload {upload_id}")

    def is_intact(self, target: UploadTarget, marker: Marker) -> bool:
        """Read a part again and tell whether its bytes are those that were written."""
        return is_intact(self._folder(target.upload_id), target, marker)

    def complete(self, target: UploadTarget, destination: Path, intact: Collection[Marker] = ()) -> str | None:
        """Give the whole upload its final name, and return its checksum if every part was declared with one.

        What the caller has not found `intact` is read again here. Doing it again is no error. Raises UploadMismatch for
        what is missing or damaged, ObjectMissing for an unknown or aborted upload, StorageFull.
        """
        return complete(self._folder(target.upload_id), target, destination, intact)

    def abort(self, upload_id: str) -> None:
        """Forget an upload, complete or not; senders under way find nothing to finish."""
        grave = self._scratch / secrets.token_hex(16)
        try:
            self._folder(upload_id).rename(grave)
        except (FileNotFoundError, ObjectMissing):
            return
        durable.sync_directory(self._directory)
        # A sender may still drop a file into it; `sweep` takes what is left.
        shutil.rmtree(grave, ignore_errors=True)

    def promised(self) -> int:
        """Return how many bytes the open uploads may still take up."""
        total = 0
        for folder in self._directory.iterdir():
            with suppress(FileNotFoundError):  # complete by now
                data = (folder / DATA).stat()
                total += max(0, data.st_size - data.st_blocks * _BLOCK)
        return total

    def sweep(self, seconds: float) -> None:
        """Remove uploads, complete or not, that have been at rest for longer than this, and old scratch."""
        for folder in self._directory.iterdir():
            if _UPLOAD_ID.fullmatch(folder.name) and _at_rest(folder) > seconds:
                self.abort(folder.name)
        for left in self._scratch.iterdir():
            if _at_rest(left) > _SCRATCH_SECONDS:
                shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)

    def _folder(self, upload_id: str) -> Path:
        if not _UPLOAD_ID.fullmatch(upload_id):
            raise ObjectMissing(f"{upload_id[:80]!r} is not the id of an upload here")
        return self._directory / upload_id


def _at_rest(path: Path) -> float:
    """Return the seconds since the last change, 0 for what is gone by now."""
    with suppress(FileNotFoundError):
        return time.time() - path.stat().st_mtime
    return 0.0
