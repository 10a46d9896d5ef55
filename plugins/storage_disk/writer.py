"""One part on its way to the disk: claimed by one sender at a time, absent until its last byte is durable.

Everything here blocks: call it in a thread.
"""

import base64
import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from xxhash import xxh3_128

from core.api import ObjectMissing, StorageError
from plugins.storage_disk import durable
from plugins.storage_disk.records import DATA, DECLARATION, Marker, declared, marker_path, write_marker


class UploadClosed(StorageError):
    """The upload is complete; nothing can be sent to it any more."""


class PartBusy(StorageError):
    """Somebody else is sending this part at this moment."""


class WrongLength(StorageError):
    """The bytes of a part are more or fewer than its declared length."""


class PartChanged(StorageError):
    """The bytes of a part are not those whose checksum its sender has declared."""


@contextmanager
def locked(descriptor: int, how: int) -> Iterator[None]:
    """Hold a `fcntl.flock` lock; the system lets it go when the process dies."""
    fcntl.flock(descriptor, how)
    try:
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


class PartWriter:
    """Writes one part at its place. Call `open`, `write` until all is there, `commit`; and `close` whatever happens."""

    def __init__(self, folder: Path, number: int, sha256: str | None = None) -> None:
        """`sha256` (base64) is what the sender has declared of the bytes, if anything."""
        self._folder = folder
        self._number = number
        self._sha256 = sha256
        self._marker = marker_path(folder, number)
        self._resources = ExitStack()
        self._descriptor = -1
        self._offset = self._written = self._length = 0
        self._digest, self._quick_digest = hashlib.sha256(), xxh3_128()

    def open(self) -> None:
        """Claim the part and declare it absent.

        Raises PartBusy, UploadClosed or ObjectMissing; ValueError for a number outside 1…parts.
        """
        try:
            target = declared(self._folder)
            self._length = target.part_length(self._number)
            self._offset = (self._number - 1) * target.part_size
            self._descriptor = self._opened(DATA, os.O_RDWR)
            lock = self._opened(f"{self._number}.lock", os.O_RDWR | os.O_CREAT)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._declare_absent()
        except BlockingIOError:
            raise PartBusy(f"part {self._number} of {target.key} is being sent already") from None
        except FileNotFoundError:
            raise self._gone() from None

    def write(self, piece: memoryview | bytes) -> None:
        """Append to the part. Raises WrongLength before a byte beyond its end is written, and StorageFull."""
        if self._written + len(piece) > self._length:
            raise WrongLength(f"part {self._number} is longer than the {self._length} bytes declared")
        with durable.refusing_when_full(f"part {self._number}"):
            durable.write_at(self._descriptor, piece, self._offset + self._written)
        self._digest.update(piece)
        self._quick_digest.update(piece)
        self._written += len(piece)

    def commit(self) -> str:
        """Declare the part received, durably, and return its SHA-256 in base64.

        Raises WrongLength, PartChanged, StorageFull, or ObjectMissing when the upload was aborted meanwhile.
        """
        if self._written != self._length:
            raise WrongLength(f"part {self._number} has {self._written} bytes instead of {self._length}")
        digest = base64.b64encode(self._digest.digest()).decode()
        if self._sha256 not in (None, digest):
            raise PartChanged(f"part {self._number} has the SHA-256 {digest} instead of {self._sha256}")
        marker = Marker(
            number=self._number,
            size=self._length,
            sha256=digest,
            xxh3=self._quick_digest.hexdigest(),
            declared=self._sha256 is not None,
            written_at=time.time_ns(),
        )
        try:
            with durable.refusing_when_full(f"part {self._number}"):
                durable.sync_data(self._descriptor)
                write_marker(self._folder, marker)
        except FileNotFoundError:
            raise self._gone() from None
        return digest

    def close(self) -> None:
        """Let the part go; without a `commit` it stays absent."""
        self._resources.close()

    def _opened(self, name: str, flags: int) -> int:
        descriptor = os.open(self._folder / name, flags | os.O_NOFOLLOW, 0o666)
        self._resources.callback(os.close, descriptor)
        return descriptor

    def _declare_absent(self) -> None:
        # Completion holds this lock while it looks at the markers and renames: it either sees this part absent, or is
        # over before the first byte, which would land in the finished object.
        with locked(self._descriptor, fcntl.LOCK_SH):
            if not (self._folder / DATA).exists():
                raise self._gone()
            if self._marker.exists():
                self._marker.unlink()
                durable.sync_directory(self._folder)

    def _gone(self) -> StorageError:
        if (self._folder / DECLARATION).exists():
            return UploadClosed(f"upload {self._folder.name} is complete")
        return ObjectMissing(f"there is no upload {self._folder.name}; it was aborted or never opened")
