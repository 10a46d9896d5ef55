"""Large files of our own, sent in parts, of which few are in memory at once."""

import asyncio
from pathlib import Path

from core.api import StorageError, StorageKey, StoredObject, UploadTarget
from plugins.storage_s3.bucket import Bucket
from plugins.storage_s3.objects import digest_of
from plugins.storage_s3.uploads import MOST_PARTS, Uploads

_IN_FLIGHT = 3


class LargeFiles:
    """Sends files by multipart uploads of our own, with a checksum for each part; nothing stays of one that fails."""

    def __init__(self, bucket: Bucket, uploads: Uploads) -> None:
        self._bucket, self._uploads = bucket, uploads

    async def put(self, key: StorageKey, source: Path, size: int) -> StoredObject:
        """Store a file of `size` bytes."""
        part_size = max(self._bucket.settings.put_part_size, -(-size // MOST_PARTS))
        target = await self._uploads.begin(UploadTarget(key, "", size, part_size))
        try:
            await self._send(target, source)
            await self._uploads.complete(target)
        except BaseException:
            await self._uploads.abort(target)
            raise
        # Without the checksum: it is composed of parts that nobody else knows.
        return StoredObject(key, size)

    async def _send(self, target: UploadTarget, source: Path) -> None:
        slots = asyncio.Semaphore(_IN_FLIGHT)

        async def send(number: int) -> None:
            async with slots:
                await self._send_part(target, source, number)

        try:
            async with asyncio.TaskGroup() as group:
                for number in range(1, target.parts + 1):
                    group.create_task(send(number))
        except ExceptionGroup as failed:
            # Callers know storage errors, not groups of them; the first says why the others were cancelled.
            raise failed.exceptions[0] from failed

    async def _send_part(self, target: UploadTarget, source: Path, number: int) -> None:
        bucket = self._bucket
        content = await asyncio.to_thread(_read, source, (number - 1) * target.part_size, target.part_length(number))
        if len(content) != target.part_length(number):
            raise StorageError(f"{target.key}: {source.name} has become shorter while it was stored. Store it again.")
        digest = await asyncio.to_thread(digest_of, content, bucket.settings.checksums)
        with bucket.errors(f"part {number} of {target.key}"):
            await bucket.client.upload_part(
                Bucket=bucket.name,
                Key=bucket.path(target.key),
                UploadId=target.upload_id,
                PartNumber=number,
                Body=content,
                **digest,
            )


def _read(source: Path, start: int, length: int) -> bytes:
    with source.open("rb") as file:
        file.seek(start)
        return file.read(length)
