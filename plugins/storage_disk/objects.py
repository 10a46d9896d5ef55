"""Objects as plain files: the key is the path below the root. Everything here blocks: call it in a thread."""

import errno
import os
import secrets
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from core.api import ObjectMissing, StorageKey, StoredObject
from plugins.storage_disk import durable


class ObjectFiles:
    """The files below `root`; `scratch` is a folder in it for drafts, under a name that no key can have."""

    def __init__(self, root: Path, scratch: Path) -> None:
        self._root = root
        self._scratch = scratch

    def path(self, key: StorageKey) -> Path:
        """Return where the object is or would be."""
        return self._root / key

    def find(self, key: StorageKey) -> StoredObject | None:
        """Return the object, or None. No symbolic link is followed, whoever put it there."""
        path = self.path(key)
        try:
            status = path.lstat()
            # They differ when a directory on the way is a symbolic link, even one to inside the root.
            is_object = stat.S_ISREG(status.st_mode) and path.resolve(strict=True) == path
        except (FileNotFoundError, NotADirectoryError):
            return None
        return StoredObject(key, status.st_size) if is_object else None

    def read(self, key: StorageKey, start: int, length: int) -> bytes:
        """Return up to `length` bytes from `start`. Raises ObjectMissing."""
        try:
            with self.path(key).open("rb") as file:
                file.seek(start)
                return file.read(length)
        except FileNotFoundError:
            raise ObjectMissing(f"{key} was deleted while it was read") from None

    def put(self, key: StorageKey, source: Path) -> StoredObject:
        """Store a durable copy of a file. Raises StorageFull, and then nothing of it stays."""
        draft = self._scratch / secrets.token_hex(16)
        try:
            with durable.refusing_when_full(key):
                durable.copy_file(source, draft)
                size = draft.stat().st_size
                durable.move(draft, self.path(key))
        finally:
            draft.unlink(missing_ok=True)
        return StoredObject(key, size)

    def scan(self, prefix: StorageKey) -> tuple[list[StorageKey], list[StoredObject]]:
        """Return the folders and the objects directly below a prefix."""
        below, objects = [], []
        with suppress(FileNotFoundError, NotADirectoryError), os.scandir(self.path(prefix)) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                # A name that is no key is somebody else's file; one that is gone was deleted meanwhile.
                with suppress(ValueError, FileNotFoundError):
                    if entry.is_dir(follow_symlinks=False):
                        below.append(prefix.child(entry.name))
                    elif entry.is_file(follow_symlinks=False):
                        size = entry.stat(follow_symlinks=False).st_size
                        objects.append(StoredObject(prefix.child(entry.name), size))
        return below, objects

    def delete(self, keys: Iterable[StorageKey]) -> None:
        """Remove objects and the folders they leave empty, durably."""
        folders = set()
        for key in keys:
            if self.find(key):
                self.path(key).unlink(missing_ok=True)
                folders.add(self.path(key).parent)
        for folder in folders:
            self._prune(folder)

    def _prune(self, folder: Path) -> None:
        while folder != self._root and _removed(folder):
            folder = folder.parent
        with suppress(FileNotFoundError):  # another call pruned further
            durable.sync_directory(folder)


def _removed(folder: Path) -> bool:
    """Remove a folder if it is empty, and tell whether it is gone."""
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            return False
        raise
    return True
