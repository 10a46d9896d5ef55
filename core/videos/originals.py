"""Local copies of originals, shared by the jobs of a process: a store far away sends each file once, not once a job."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from core.storage import Storage, StorageKey

LINGER = 60.0
"""Seconds that a copy stays after its last reader, for the next job of the same video."""

_Identity = tuple[str, StorageKey]


@dataclass(slots=True)
class _Copy:
    ready: asyncio.Future[Path]
    released: asyncio.Event
    holder: asyncio.Task[None] | None = None
    readers: int = 0
    removal: asyncio.TimerHandle | None = None

    @property
    def is_usable(self) -> bool:
        return not self.ready.done() or (self.ready.exception() is None and self.ready.result().exists())


class Originals:
    """Gives local paths of objects. Whoever asks while somebody else's copy is on its way waits for that."""

    def __init__(self, linger: float = LINGER) -> None:
        self._linger = linger
        self._copies: dict[_Identity, _Copy] = {}
        self._holders: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def open(self, storage: Storage, key: StorageKey) -> AsyncIterator[Path]:
        """Give a readable path for as long as the context is open. Raises what the storage's `local_copy` raises."""
        identity = (storage.name, key)
        copy = self._copies.get(identity)
        if copy is not None and not copy.is_usable:
            self._release(identity, copy)
            copy = None
        if copy is None:
            copy = self._copies[identity] = self._begin(storage, key)
        copy.readers += 1
        if copy.removal is not None:
            copy.removal.cancel()
        try:
            yield await asyncio.shield(copy.ready)
        finally:
            copy.readers -= 1
            if not copy.readers:
                self._leave(identity, copy)

    async def close(self) -> None:
        """Give every copy back to its storage."""
        for identity, copy in list(self._copies.items()):
            self._release(identity, copy)
        await asyncio.gather(*self._holders, return_exceptions=True)

    def _begin(self, storage: Storage, key: StorageKey) -> _Copy:
        copy = _Copy(asyncio.get_running_loop().create_future(), asyncio.Event())
        copy.holder = asyncio.create_task(_hold(copy, storage, key))
        self._holders.add(copy.holder)
        copy.holder.add_done_callback(self._holders.discard)
        return copy

    def _leave(self, identity: _Identity, copy: _Copy) -> None:
        if not copy.ready.done() or copy.ready.exception() is not None:
            self._release(identity, copy)
            return
        loop = asyncio.get_running_loop()
        copy.removal = loop.call_later(self._linger, self._release, identity, copy)

    def _release(self, identity: _Identity, copy: _Copy) -> None:
        if self._copies.get(identity) is copy:
            del self._copies[identity]
        if copy.removal is not None:
            copy.removal.cancel()
        copy.released.set()
        if copy.holder is not None and not copy.ready.done():
            copy.holder.cancel()


async def _hold(copy: _Copy, storage: Storage, key: StorageKey) -> None:
    """Open and close the storage's context in one task, whoever the readers are."""
    try:
        async with storage.local_copy(key) as path:
            copy.ready.set_result(path)
            await copy.released.wait()
    except Exception as error:
        if copy.ready.done():
            raise
        copy.ready.set_exception(error)
        copy.ready.exception()  # the readers may all have left
