"""One attempt at a job of a run: the original to read, a folder to work in, and a place of its own in the storage."""

import asyncio
import errno
import hashlib
import shutil
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from tortoise.backends.base.client import BaseDBAsyncClient

from core.in_flight import in_flight
from core.jobs import JobContext, JobFailed, JobWaits
from core.models import EncodedPart, Upload, UploadState
from core.room import size_of
from core.storage import StorageError, StorageFull, StorageKey
from core.transcoding import EncodedSet, MediaRejected, Reason
from core.videos.content_types import content_type_of
from core.videos.joining import below
from core.videos.runs import Run
from core.videos.sweeping import named_keys

if TYPE_CHECKING:
    from core.services import Services

log = structlog.get_logger()

_FULL = (errno.ENOSPC, errno.EDQUOT)
_PUTS = 8  # at once: a store far away answers each in tens of milliseconds, and a set has hundreds of objects


@contextmanager
def reasons() -> Iterator[None]:
    """Turn what a transcoder or storage says into the end of the job, or into its waiting for room on a disk."""
    try:
        yield
    except MediaRejected as error:
        raise JobFailed(error.reason, error.detail) from error
    except (StorageFull, OSError) as error:
        if isinstance(error, OSError) and error.errno not in _FULL:
            raise
        # No fault of the file: somebody will make room, or another worker has some.
        raise JobWaits(Reason.STORAGE_FULL, str(error)) from error


class Attempt:
    """Stores what its encoder has finished, and knows what it has stored; use it inside `making`."""

    def __init__(self, services: "Services", context: JobContext) -> None:
        self.run = Run.of(context.job)
        self._services = services
        self._context, self._job = context, context.job
        self._storage = services.storages[self.run.storage] if self.run.storage else services.storage
        self._name = f"{self._job.id}-{self._job.fence}"
        self._sizes: dict[str, int] = {}
        context.note(program=services.transcoder.version)

    @property
    def storage(self) -> str:
        """The name of the storage that it fills."""
        return self._storage.name

    @property
    def stored_bytes(self) -> int:
        """How much it has stored so far."""
        return sum(self._sizes.values())

    @asynccontextmanager
    async def making(self) -> AsyncIterator[tuple[Path, Path]]:
        """Give the original and an empty folder; what earlier attempts at this job have left anywhere is gone by then.

        But for what is watched already, while the set grows. Raises JobFailed when the original is gone.
        """
        if self._job.fence > 1:
            await self._sweep_stored(f"{self._job.id}-")
        try:
            async with self.original() as source, self._workspace() as folder:
                yield source, folder
        except StorageFull:
            # While it waits for room, others may need what it has taken of it. If not now, then the next attempt.
            with suppress(StorageError):
                await self._sweep_stored(f"{self._name}/")
            raise

    @asynccontextmanager
    async def original(self) -> AsyncIterator[Path]:
        """Give the accepted file. Raises JobFailed when it is gone."""
        upload = await Upload.get_or_none(id=self.run.upload_id, state=UploadState.ACCEPTED)
        if upload is None:
            raise JobFailed("deleted", "the original is gone")
        storage = self._services.storages[upload.storage]
        async with self._services.originals.open(storage, StorageKey(upload.key)) as path:
            yield path

    async def store(self, encoded: EncodedSet, folder: Path) -> EncodedSet:
        """Store what is not stored yet; return the set with its names below the prefix of the run."""
        place = self.run.prefix.child(self._name)

        async def put(name: str) -> None:
            content_type = content_type_of(name)
            stored = await self._storage.put_file(place.child(name), folder / name, content_type=content_type)
            self._sizes[name] = stored.size

        await in_flight(_PUTS, put, [name for name in encoded.files() if name not in self._sizes])
        return below(encoded, self._name)

    async def save_part(
        self, connection: BaseDBAsyncClient, name: str, encoded: EncodedSet, folder: "InitDigests"
    ) -> None:
        """Write down what the job has made; `encoded` is what `store` returned."""
        segments = {segment.name for rendition in encoded.renditions for segment in rendition.segments}
        others = {f"{self._name}/{name}": size for name, size in self._sizes.items()}
        await EncodedPart.create(
            using_db=connection,
            video_id=self.run.video_id,
            run=self.run.id,
            name=name,
            encoded=encoded.model_dump(mode="json"),
            sizes={name: size for name, size in others.items() if name not in segments},
            inits=folder,
        )

    async def _sweep_stored(self, beginning: str) -> None:
        """Remove what was stored below the run under names that begin so, and nobody watches."""
        own = f"{self.run.prefix}/{beginning}"
        found = [each.key async for each in self._storage.list(self.run.prefix) if each.key.startswith(own)]
        shown = await named_keys(self._storage, self.run.prefix) if found else set()
        stale = [key for key in found if shown is not None and key not in shown]
        if stale:
            log.info("attempts_swept", storage=self._storage.name, objects=len(stale))
            await self._storage.delete(stale)

    @asynccontextmanager
    async def _workspace(self) -> AsyncIterator[Path]:
        work = self._services.settings.data_dir.resolve() / "work"
        for leftover in work.glob(f"{self._job.id}-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        folder = work / self._name
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            try:
                self._context.note(written_bytes=await asyncio.to_thread(size_of, folder))
            finally:
                shutil.rmtree(folder, ignore_errors=True)


InitDigests = dict[str, str]
"""SHA-256, in hex, of each rendition's initialisation segment, by the name of the rendition."""


async def init_digests(encoded: EncodedSet, folder: Path) -> InitDigests:
    """Read the initialisation segments of a set whose names are those of the folder."""

    def digests() -> Iterable[tuple[str, str]]:
        return [
            (each.name, hashlib.sha256((folder / each.init).read_bytes()).hexdigest()) for each in encoded.renditions
        ]

    return dict(await asyncio.to_thread(digests))
