"""The storage that the core sees: files and parts on a disk, and links that our own routes answer."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from weakref import WeakValueDictionary

import structlog

from core.api import (
    Finding,
    ObjectMissing,
    Part,
    PartRequest,
    ReadGrant,
    Settings,
    Signer,
    StorageError,
    StorageFull,
    StorageKey,
    StoredObject,
    UploadTarget,
)
from plugins.storage_disk import durable
from plugins.storage_disk.check import check_disk
from plugins.storage_disk.completion import PartsDamaged
from plugins.storage_disk.durable import in_thread
from plugins.storage_disk.links import Links
from plugins.storage_disk.objects import ObjectFiles
from plugins.storage_disk.parts import PartLedger
from plugins.storage_disk.place import Place
from plugins.storage_disk.records import Marker
from plugins.storage_disk.settings import DiskSettings

log = structlog.get_logger()

_READ_BYTES = 1024**2
# More would keep everybody else from the threads that file work is done in.
_CORES = min(4, os.cpu_count() or 1)


class DiskStorage:
    """A `Storage`. All state is on the disk, so any number of processes, and of these, may share a root.

    Content types are not kept: what is served follows from the key's ending.
    """

    name = "storage_disk"
    minimum_part_size = 1
    part_checksums = True
    asks_gate = True
    browser_origins: Sequence[str] = ()

    def __init__(self, settings: Settings, signer: Signer) -> None:
        own, uploads = settings.plugin("storage_disk", DiskSettings), settings.core.uploads
        self._root = own.folder(settings.data_dir)
        self._min_free = own.min_free_bytes
        # Twice the life of an upload: what nobody completed or aborted by then belongs to no row, and nobody completes
        # again what was complete.
        self._upload_seconds = 2 * 3600 * uploads.life_hours
        # No segment of a key begins with a dot, so no object can be in these.
        self._folders = (self._root / ".uploads", self._root / ".scratch")
        self.ledger = PartLedger(*self._folders)
        self.objects = ObjectFiles(self._root, self._root / ".scratch")
        self._completing = WeakValueDictionary[str, asyncio.Lock]()
        self._reading = asyncio.Semaphore(_CORES)
        self.links = Links(signer, part_seconds=uploads.url_seconds, read_seconds=own.read_url_seconds)

    def prepare(self) -> None:
        """Create the folders, and remove what crashes left behind. Blocks."""
        durable.make_directory(self._root, mode=0o700)
        for folder in self._folders:
            durable.make_directory(folder)
        self._sweep()

    def _sweep(self) -> None:
        self.ledger.sweep(self._upload_seconds)

    async def open_upload(self, key: StorageKey, *, size: int, part_size: int, content_type: str) -> UploadTarget:
        return await in_thread(self._open_upload, key, size, part_size)

    def _open_upload(self, key: StorageKey, size: int, part_size: int) -> UploadTarget:
        # Here, because this is what grows: no upload leaves more behind than the next one takes away.
        self._sweep()
        room = self._room()
        if size > room:
            raise StorageFull(
                f"{key}: {size} bytes do not fit into {self._root}. {max(0, room)} are left there, besides what open "
                "uploads still need and storage_disk.min_free_bytes. Free some space, or lower that setting."
            )
        with durable.refusing_when_full(key):
            return self.ledger.open(key, size=size, part_size=part_size)

    def _room(self) -> int:
        """Return how many bytes the next upload may have; less than 0 when others were promised more than there is."""
        disk = os.statvfs(self._root)
        return disk.f_bavail * disk.f_frsize - self.ledger.promised() - self._min_free

    async def sign_part(
        self, target: UploadTarget, number: int, *, expires_at: int, sha256: str | None = None
    ) -> PartRequest:
        return PartRequest(self.links.part(target, number, expires_at=expires_at, sha256=sha256))

    async def list_parts(self, target: UploadTarget) -> list[Part]:
        return await in_thread(self.ledger.received, target.upload_id)

    async def complete_upload(self, target: UploadTarget) -> StoredObject:
        # Whoever asks twice waits for the first answer, instead of reading everything at the same time again.
        async with self._completing.setdefault(target.upload_id, asyncio.Lock()):
            intact = await self._intact_parts(target)
            try:
                checksum = await in_thread(self.ledger.complete, target, self.objects.path(target.key), intact)
            except PartsDamaged as damage:
                log.error("parts_damaged", storage=self.name, upload=target.upload_id, parts=damage.numbers)
                raise
        return StoredObject(target.key, target.size, checksum)

    async def _intact_parts(self, target: UploadTarget) -> set[Marker]:
        """Read a whole upload again on several cores, and return what is as it was written.

        The ledger does that too, but alone and under a lock; what is left to it came within the last moment.
        """
        try:
            markers = await in_thread(self.ledger.markers, target.upload_id)
        except ObjectMissing:
            return set()  # complete already, or gone: the ledger knows
        target.require_whole(marker.part for marker in markers)
        intact, waiting = set[Marker](), iter(markers)

        async def read_some() -> None:
            for marker in waiting:
                async with self._reading:
                    if await in_thread(self.ledger.is_intact, target, marker):
                        intact.add(marker)

        await asyncio.gather(*(read_some() for _ in range(_CORES)))
        return intact

    async def abort_upload(self, target: UploadTarget) -> None:
        await in_thread(self.ledger.abort, target.upload_id)

    async def put_file(self, key: StorageKey, source: Path, *, content_type: str) -> StoredObject:
        return await in_thread(self.objects.put, key, source)

    async def read(self, key: StorageKey, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        size = (await self._existing(key)).size
        end = size if end is None else min(end, size)
        while start < end:
            chunk = await in_thread(self.objects.read, key, start, min(_READ_BYTES, end - start))
            if not chunk:
                raise StorageError(f"{key} ends after {start} of {size} bytes: something else changed the file.")
            yield chunk
            start += len(chunk)

    @asynccontextmanager
    async def local_copy(self, key: StorageKey) -> AsyncIterator[Path]:
        yield self.objects.path((await self._existing(key)).key)

    async def stat(self, key: StorageKey) -> StoredObject | None:
        try:
            return await in_thread(self.objects.find, key)
        except OSError as error:
            raise StorageError(f"{self._root} cannot be read: {error}. Mount it, or mend its permissions.") from error

    async def list(self, prefix: StorageKey) -> AsyncIterator[StoredObject]:
        folders = [prefix]
        while folders:
            below, objects = await in_thread(self.objects.scan, folders.pop())
            folders += below
            for found in objects:
                yield found

    async def delete(self, keys: Sequence[StorageKey]) -> None:
        await in_thread(self.objects.delete, keys)

    def url(self, key: StorageKey, grant: ReadGrant | None, *, file_name: str | None = None) -> str:
        return self.links.object(key, grant, file_name)

    async def check(self, base_url: str) -> Sequence[Finding]:
        place = Place(self._root, *self._folders, self.ledger, self.objects, self._room)
        return await in_thread(check_disk, place)

    async def _existing(self, key: StorageKey) -> StoredObject:
        found = await self.stat(key)
        if found is None:
            raise ObjectMissing(f"there is no object {key} in {self._root}")
        return found


@asynccontextmanager
async def open_storage(settings: Settings, signer: Signer) -> AsyncIterator[DiskStorage]:
    """Provide the storage, its folders made and swept."""
    storage = DiskStorage(settings, signer)
    await in_thread(storage.prepare)
    yield storage
