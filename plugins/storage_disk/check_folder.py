"""What the folder and its file system have to do: each function returns what it has seen, or raises what is wrong."""

import fcntl
import os
import stat
from contextlib import suppress

from core.api import StorageError
from plugins.storage_disk import durable
from plugins.storage_disk.place import Place

_CONTENT = b"check" * 1000


def can_be_written(place: Place) -> str:
    """Make the folders of this check, and a file in each."""
    for folder in place.folders:
        folder.mkdir()
        (folder / "file").write_bytes(_CONTENT)
        if (folder / "file").read_bytes() != _CONTENT:
            raise StorageError(f"what was written to {folder.parent} is not what is read there")
    return f"{place.root} can be written to"


def can_be_synced(place: Place) -> str:
    """Some file systems refuse to sync directories; then names are not durable."""
    for folder in place.folders:
        with (folder / "file").open("r+b") as file:
            durable.sync_data(file.fileno())
            os.fsync(file.fileno())
        durable.sync_directory(folder)
    return "files and directories can be synced"


def renames_at_once(place: Place) -> str:
    """Move files from where parts and drafts are to where objects are, over one that is there already."""
    inside = [path for path in place.root.iterdir() if path.is_dir() and not path.name.startswith(".")]
    devices = {path.stat().st_dev for path in (*inside, *place.folders)}
    if len(devices) > 1:
        raise StorageError(f"the folders in {place.root} are on {len(devices)} file systems")
    objects, *sources = place.folders
    for source in sources:
        (source / "file").replace(objects / "file")
        if (source / "file").exists() or (objects / "file").read_bytes() != _CONTENT:
            raise StorageError(f"a file was not moved whole from {source.parent} to {place.root}")
    return "a finished file has its name at once"


def locks_work(place: Place) -> str:
    """Lock one file twice, as two senders of one part do."""
    path = place.folders[0] / "lock"
    with path.open("xb") as first, path.open("r+b") as second:
        fcntl.flock(first, fcntl.LOCK_EX)
        with suppress(BlockingIOError):
            fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
            raise StorageError("two senders were given the same lock")
    return "one sender keeps another out"


def has_room(place: Place) -> str:
    """Look at what is free besides what open uploads were promised and what is to stay free."""
    room = place.room()
    if room <= 0:
        raise StorageError(f"{-room} bytes too few are free: every upload is refused")
    return f"{room} bytes are left for uploads"


def is_private(place: Place) -> str:
    """Whoever may pass through every folder on the way can read what is in them."""
    if all(folder.stat().st_mode & stat.S_IXOTH for folder in (place.root, *place.root.parents)):
        raise StorageError(f"every user of this machine can read in {place.root} what is not public")
    return "other users of this machine are kept out"
