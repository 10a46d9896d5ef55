"""The storage that the core sees: a bucket, what is sent to it and read from it, and the URLs that browsers use."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from core.api import Finding, Part, PartRequest, ReadGrant, Settings, StorageKey, StoredObject, UploadTarget
from plugins.storage_s3.bucket import Bucket
from plugins.storage_s3.check import check_store
from plugins.storage_s3.client import open_bucket
from plugins.storage_s3.credentials import credentials_of
from plugins.storage_s3.forgotten import abort_forgotten
from plugins.storage_s3.large_files import LargeFiles
from plugins.storage_s3.links import Links
from plugins.storage_s3.objects import Objects
from plugins.storage_s3.presign import Presigner
from plugins.storage_s3.reading import Reading
from plugins.storage_s3.repeating import repeating
from plugins.storage_s3.settings import PLUGIN, S3Settings, table_of
from plugins.storage_s3.uploads import MINIMUM_PART, Uploads

# botocore renews lent credentials some ten minutes before their end, when somebody asks for them.
_RENEW_SECONDS = 60.0
_SWEEP_SECONDS = 3600.0


class S3Storage:
    """A `Storage`. All state is the bucket's, so any number of processes may share one."""

    minimum_part_size = MINIMUM_PART
    asks_gate = False

    def __init__(self, name: str, bucket: Bucket, presigner: Presigner, folder: Path, *, min_free: int) -> None:
        """`folder` takes local copies of objects that are worked on; `min_free` bytes of its disk stay free."""
        self.name = name
        self.part_checksums = bucket.part_checksums
        self.bucket = bucket
        self.presigner = presigner
        self.browser_origins: Sequence[str] = bucket.settings.browser_origins
        self.links = Links(bucket, presigner)
        self._objects = Objects(bucket)
        self._uploads = Uploads(bucket, self._objects, presigner)
        self._large_files = LargeFiles(bucket, self._uploads)
        self._reading = Reading(bucket, self._objects, folder, min_free=min_free)

    async def prepare(self) -> None:
        """Make the folder of the local copies, and sweep it."""
        await asyncio.to_thread(self._reading.prepare)

    async def open_upload(self, key: StorageKey, *, size: int, part_size: int, content_type: str) -> UploadTarget:
        return await self._uploads.open(key, size=size, part_size=part_size)

    async def sign_part(
        self, target: UploadTarget, number: int, *, expires_at: int, sha256: str | None = None
    ) -> PartRequest:
        return self._uploads.sign(target, number, expires_at=expires_at, sha256=sha256)

    async def list_parts(self, target: UploadTarget) -> list[Part]:
        return await self._uploads.parts.received(target)

    async def complete_upload(self, target: UploadTarget) -> StoredObject:
        return await self._uploads.complete(target)

    async def abort_upload(self, target: UploadTarget) -> None:
        await self._uploads.abort(target)

    async def put_file(self, key: StorageKey, source: Path, *, content_type: str) -> StoredObject:
        size = (await asyncio.to_thread(source.stat)).st_size
        if size > self.bucket.settings.put_part_size:
            return await self._large_files.put(key, source, size)
        return await self._objects.put(key, source)

    def read(self, key: StorageKey, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        return self._reading.read(key, start, end)

    def local_copy(self, key: StorageKey) -> AbstractAsyncContextManager[Path]:
        return self._reading.local_copy(key)

    async def stat(self, key: StorageKey) -> StoredObject | None:
        return await self._objects.find(key)

    def list(self, prefix: StorageKey) -> AsyncIterator[StoredObject]:
        return self._objects.below(prefix)

    async def delete(self, keys: Sequence[StorageKey]) -> None:
        await self._objects.delete(keys)

    def url(self, key: StorageKey, grant: ReadGrant | None, *, file_name: str | None = None) -> str:
        return self.links.url(key, grant, file_name)

    async def check(self, base_url: str) -> Sequence[Finding]:
        return await check_store(self, self.links, base_url)


@asynccontextmanager
async def open_storage(settings: Settings, name: str = PLUGIN) -> AsyncIterator[S3Storage]:
    """Provide the storage of this name; its store may be away. Raises StorageError when there are no credentials."""
    own, table = settings.plugin(PLUGIN, S3Settings).storages[name], table_of(name)
    async with open_bucket(own, table) as (bucket, session):
        presigner = Presigner(own.bucket_url, own.region, await credentials_of(session, table))
        min_free = settings.core.jobs.min_free_bytes
        storage = S3Storage(name, bucket, presigner, settings.data_dir / PLUGIN, min_free=min_free)
        await storage.prepare()

        async def renew_credentials() -> None:
            presigner.credentials = await credentials_of(session, table)

        async def abort_forgotten_uploads() -> None:
            # Twice the life of an upload: what nobody completed or aborted by then belongs to no row.
            await abort_forgotten(bucket, 2 * 3600 * settings.core.uploads.life_hours)

        async with (
            repeating(renew_credentials, every=_RENEW_SECONDS),
            repeating(abort_forgotten_uploads, every=_SWEEP_SECONDS),
        ):
            yield storage
