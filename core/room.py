"""Room on disks: work asks for it before it writes, so that all of it together leaves some for the database."""

import asyncio
import os
import shutil
import threading
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from core.storage import StorageFull

_MIB = 1024**2


@dataclass(frozen=True, eq=False)
class _Promise:
    path: Path
    device: int
    size: int

    @property
    def left(self) -> int:
        """Bytes that may still be written: what is there already is no longer free."""
        return max(0, self.size - size_of(self.path))


# A disk is the machine's, so what is promised is the process's. Who was cancelled while it asked has no promise: the
# set forgets those that nobody holds.
_promises: weakref.WeakSet[_Promise] = weakref.WeakSet()
_asking = threading.Lock()


@asynccontextmanager
async def room_for(path: Path, size: int, *, floor: int) -> AsyncIterator[None]:
    """Keep room for `size` bytes in `path`, a file or folder that exists, for as long as the context is open.

    Raises StorageFull where less than `floor` bytes of its disk might be left free when all work of this process has
    written what it may. The floor is what there is for everybody else: other processes, the database, the logs.
    """
    promise = await asyncio.to_thread(_promise, path, size, floor)
    try:
        yield
    finally:
        await asyncio.to_thread(_forget, promise)


def _promise(path: Path, size: int, floor: int) -> _Promise:
    promise = _Promise(path, path.stat().st_dev, size)
    with _asking:
        others = sum(other.left for other in _promises if other.device == promise.device)
        free = shutil.disk_usage(path).free
        if free - floor - others < size:
            raise StorageFull(
                f"{path.name} may take {size // _MIB} MiB; the disk of {path.parent} has {free // _MIB} MiB free, of "
                f"which {others // _MIB} MiB are promised to other work and {floor // _MIB} MiB stay free "
                "(jobs.min_free_bytes). Make room there."
            )
        _promises.add(promise)
    return promise


def _forget(promise: _Promise) -> None:
    with _asking:  # somebody may be adding them up in another thread
        _promises.discard(promise)


def size_of(path: Path) -> int:
    """Return the bytes of a file, or of all files below a folder; what vanishes meanwhile counts nothing. Blocks."""
    with suppress(FileNotFoundError):
        if not path.is_dir():
            return path.lstat().st_size
        with os.scandir(path) as entries:
            return sum(size_of(Path(entry.path)) for entry in entries)
    return 0
