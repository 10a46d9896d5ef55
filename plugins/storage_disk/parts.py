"""The ledger of uploads: one sparse file for each, and a marker for every part that has safely arrived.

    <root>/.uploads/<id>/upload.json   what was declared; stays after completion until the part URLs are dead
                         data          the parts at their final offsets
                         <n>.json      part n is whole and durable
                         <n>.lock      locked by whoever is sending part n

A sender takes the marker away before its first byte and puts it back after its last, so an upload with every marker has
no sender, and completing it is a rename. Everything here blocks: call it in a thread.
"""

import fcntl
import json
import os
import re
import secrets
import shutil
import time
from contextlib import ExitStack, suppress
from pathlib import Path

from core.api import ObjectMissing, Part, StorageKey, UploadTarget
from plugins.storage_disk import durable
from plugins.storage_disk.writer import DATA, DECLARATION, PartWriter, declare, locked

_UPLOAD_ID = re.compile(r"[0-9a-f]{32}")
_MARKER = re.compile(r"([1-9][0-9]*)\.json")
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

    def writer(self, upload_id: str, number: int) -> PartWriter:
        """Return what writes one part, still to be opened."""
        return PartWriter(self._folder(upload_id), number)

    def received(self, upload_id: str) -> list[Part]:
        """Return the whole parts, ascending. Raises ObjectMissing unless the upload is open."""
        folder = self._folder(upload_id)
        if not (folder / DATA).exists():
            raise ObjectMissing(f"there is no open upload {upload_id}")
        parts = []
        markers = [_MARKER.fullmatch(entry.name) for entry in folder.iterdir()]
        for number in sorted(int(match[1]) for match in markers if match):
            with suppress(FileNotFoundError):  # it is being sent again
                marker = json.loads((folder / f"{number}.json").read_bytes())
                parts.append(Part(number, marker["size"]))
        return parts

    def complete(self, target: UploadTarget, destination: Path) -> None:
        """Give the whole upload its final name. Doing it again is no error, whatever a crash left undone."""
        folder = self._folder(target.upload_id)
        with ExitStack() as resources, suppress(FileNotFoundError):
            descriptor = os.open(folder / DATA, os.O_RDWR | os.O_NOFOLLOW)
            resources.callback(os.close, descriptor)
            resources.enter_context(locked(descriptor, fcntl.LOCK_EX))
            # A parallel call may have been faster while this one waited for the lock.
            if (folder / DATA).exists():
                target.require_whole(self.received(target.upload_id))
                os.fsync(descriptor)
                with durable.refusing_when_full(target.key):
                    durable.move(folder / DATA, destination)
                durable.sync_directory(folder)
        if not destination.is_file() or destination.stat().st_size != target.size:
            raise ObjectMissing(
                f"there is no upload {target.upload_id} of {target.key}; it was aborted or never opened"
            )
        _tidy(folder)

    def abort(self, upload_id: str) -> None:
        """Forget an upload, complete or not; senders under way find nothing to finish."""
        grave = self._scratch / secrets.token_hex(16)
        try:
            self._folder(upload_id).rename(grave)
        except FileNotFoundError:
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

    def sweep(self, *, open_seconds: float, closed_seconds: float) -> None:
        """Remove uploads at rest for longer than `open_seconds`, or `closed_seconds` once complete, and old scratch."""
        for folder in self._directory.iterdir():
            limit = open_seconds if (folder / DATA).exists() else closed_seconds
            if _UPLOAD_ID.fullmatch(folder.name) and _at_rest(folder) > limit:
                self.abort(folder.name)
        for left in self._scratch.iterdir():
            if _at_rest(left) > _SCRATCH_SECONDS:
                shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)

    def _folder(self, upload_id: str) -> Path:
        if not _UPLOAD_ID.fullmatch(upload_id):
            raise ObjectMissing(f"{upload_id[:80]!r} is not the id of an upload here")
        return self._directory / upload_id


def _tidy(folder: Path) -> None:
    """Remove what a complete upload needs no more; its declaration keeps late senders from thinking it was aborted."""
    with suppress(FileNotFoundError):  # aborted
        for entry in folder.iterdir():
            if entry.name != DECLARATION:
                entry.unlink(missing_ok=True)


def _at_rest(path: Path) -> float:
    """Return the seconds since the last change, 0 for what is gone by now."""
    with suppress(FileNotFoundError):
        return time.time() - path.stat().st_mtime
    return 0.0
