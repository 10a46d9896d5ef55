"""Prove the disk before it is trusted: what its file system does, who can read it, and what becomes of an upload.

No network is needed: our own routes answer the links, so that what a browser gets depends on nothing but these files.
"""

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from core.api import Finding, Level, StorageError, finding
from plugins.storage_disk import check_folder, check_upload
from plugins.storage_disk.place import Place


@dataclass(frozen=True, slots=True)
class Trial:
    """One thing to try, and the remedy when it raises OSError or StorageError."""

    what: str
    attempt: Callable[[Place], str]
    fix: str
    otherwise: Level = Level.FAIL

    def run(self, place: Place) -> Finding:
        """Return what came of it."""
        try:
            return finding(self.what, self.attempt(place), good=True, fix=self.fix)
        except (OSError, StorageError) as error:
            return finding(self.what, str(error), good=False, fix=self.fix, otherwise=self.otherwise)


_ELSE = "or let storage_disk.root be a folder on a local disk."
_UNTRUSTED = f"Look for errors of this disk in the system's log and replace it, {_ELSE}"
_TRIALS = (
    Trial("folder", check_folder.can_be_written, f"Let the site's user write to storage_disk.root, {_ELSE}"),
    Trial("sync", check_folder.can_be_synced, f"Use a file system that syncs, {_ELSE}"),
    Trial(
        "rename",
        check_folder.renames_at_once,
        "Let storage_disk.root be on one file system, with no other one mounted or linked inside.",
    ),
    Trial("locks", check_folder.locks_work, f"Mount it with working flock (NFS: version 4, without nolock), {_ELSE}"),
    Trial("free space", check_folder.has_room, "Free some space, or lower storage_disk.min_free_bytes."),
    Trial("privacy", check_folder.is_private, "Run `chmod 700` on the folder of storage_disk.root.", Level.WARN),
    Trial("multipart upload", check_upload.comes_out_the_same, _UNTRUSTED),
    Trial("ranges", check_upload.gives_ranges, _UNTRUSTED),
)


def check_disk(place: Place) -> list[Finding]:
    """Try everything in turn, and leave nothing behind. Blocks: call it in a thread."""
    try:
        return [trial.run(place) for trial in _TRIALS]
    finally:
        for folder in place.folders:
            shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):
            place.objects.delete([place.key])
