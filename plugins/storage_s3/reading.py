"""Bytes out of the bucket: a stream that goes on where it broke, and whole copies on the local disk."""

import asyncio
import errno
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from core.api import ObjectMissing, StorageError, StorageFull, StorageKey, room_for
from plugins.storage_s3.backoff import pause
from plugins.storage_s3.bucket import BROKEN, Bucket, code_of
from plugins.storage_s3.objects import Objects

if TYPE_CHECKING:
    from types_aiobotocore_s3.type_defs import GetObjectOutputTypeDef

_CHUNK = 1024**2
_DAY = 86400
_PAST_THE_END = frozenset({"InvalidRange", "416"})


class Reading:
    """Reads ranges and whole objects."""

    def __init__(self, bucket: Bucket, objects: Objects, folder: Path, *, min_free: int) -> None:
        """`folder` takes the local copies, as far as `min_free` bytes of its disk are left free."""
        self._bucket, self._objects, self._folder, self._min_free = bucket, objects, folder, min_free

    def prepare(self) -> None:
        """Make the folder, and remove the copies that crashes left there a day ago or earlier. Blocks."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for leftover in self._folder.iterdir():
            with suppress(FileNotFoundError):  # another process sweeps too
                if leftover.stat().st_mtime < time.time() - _DAY:
                    leftover.unlink()

    async def read(self, key: StorageKey, start: int, end: int | None) -> AsyncGenerator[bytes, None]:
        """Yield the bytes of a range. A broken answer is asked for again from where it broke."""
        found = await self._objects.find(key)
        if found is None:
            raise ObjectMissing(f"there is no object {key} in the bucket {self._bucket.name}")
        end = found.size if end is None else min(end, found.size)
        failures = 0
        while start < end:
            try:
                async with aclosing(self._stream(key, start, end)) as stream:
                    async for chunk in stream:
                        yield chunk
                        start, failures = start + len(chunk), 0
            except BROKEN as error:
                failures += 1
                if failures >= self._bucket.settings.attempts:
                    raise StorageError(
                        f"{key} broke off at byte {start} of {end}: {error}. Try again later."
                    ) from error
                await pause(failures)

    async def _stream(self, key: StorageKey, start: int, end: int) -> AsyncGenerator[bytes, None]:
        """Yield what one answer brings; raises one of BROKEN unless it brings everything."""
        answer = await self._get(key, start, end)
        # A store that knows no ranges answers with the whole object, and some answer with the range and status 200.
        skip, left = 0 if answer["ContentLength"] == end - start else start, end - start
        async with answer["Body"] as body:
            async for chunk in body.iter_chunks(_CHUNK):
                piece = chunk[skip : skip + left]
                skip -= min(skip, len(chunk))
                if piece:
                    left -= len(piece)
                    yield piece
                if not left:
                    return
        raise ConnectionError(f"{left} bytes are missing from the answer")

    async def _get(self, key: StorageKey, start: int, end: int) -> "GetObjectOutputTypeDef":
        bucket = self._bucket
        with bucket.errors(str(key)):
            try:
                return await bucket.client.get_object(
                    Bucket=bucket.name, Key=bucket.path(key), Range=f"bytes={start}-{end - 1}"
                )
            except ClientError as error:
                if code_of(error) in _PAST_THE_END:
                    raise StorageError(f"{key} has become shorter than {end} bytes: something wrote it.") from error
                raise

    @asynccontextmanager
    async def local_copy(self, key: StorageKey) -> AsyncIterator[Path]:
        """Download the object, verify its size, and remove the copy in the end. Raises StorageFull before it begins."""
        found = await self._objects.find(key)
        if found is None:
            raise ObjectMissing(f"there is no object {key} in the bucket {self._bucket.name}")
        with tempfile.NamedTemporaryFile(dir=self._folder, prefix="copy-", suffix=Path(key).suffix) as file:
            try:
                async with (
                    room_for(Path(file.name), found.size, floor=self._min_free),
                    aclosing(self.read(key, 0, found.size)) as stream,
                ):
                    async for chunk in stream:
                        await asyncio.to_thread(file.write, chunk)
                await asyncio.to_thread(file.flush)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                full = f"{key}: {found.size} bytes do not fit into {self._folder}. Free some space there."
                raise StorageFull(full) from error
            yield Path(file.name)
