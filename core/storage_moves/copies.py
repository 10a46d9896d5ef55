"""The copies that one run makes: each is registered before its first byte, held by a lease, and flipped or dropped."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.queryset import QuerySet

from core.database import database_now, transaction
from core.faults import fault_point
from core.jobs import Work
from core.models import CopyState, RenditionSet, StorageCopy
from core.storage import StorageError
from core.storage_moves.assets import Asset, lock_video
from core.storage_moves.dropping import drop_copy
from core.videos.publish import RETIRE_SECONDS

if TYPE_CHECKING:
    from core.services import Services

log = structlog.get_logger()

DROP = "storage.drop"
DROP_SECONDS = RETIRE_SECONDS + 300  # playlists that a cache holds were written a little before the flip
LEASE_SECONDS = 30.0
_USABLE = (CopyState.COPYING, CopyState.LEAVING)


class CopyHeld(Exception):
    """Another run copies this asset at this moment."""


class AssetGone(Exception):
    """The asset was deleted, or lies elsewhere by now."""


class CopyLost(Exception):
    """The copy is no longer this run's: its lease ran out, and somebody else took it over or dropped it."""


class Copies:
    """The copies that `holder`, one run of one process, works on."""

    def __init__(self, services: "Services", holder: str) -> None:
        self._services, self._holder = services, holder

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Renew the leases until the end of the block; then give up what was not finished, so that others may go on."""
        heartbeat = asyncio.create_task(self._renew())
        try:
            yield
        finally:
            heartbeat.cancel()
            with suppress(asyncio.CancelledError):
                await heartbeat
            await StorageCopy.filter(holder=self._holder).update(holder=None, lease_until=None)

    async def begin(self, asset: Asset, storage: str, *, anew: bool = False) -> tuple[StorageCopy, bool]:
        """Hold a copy of the asset in a storage: one that is there already, unless `anew`, else a new, empty one.

        The second value tells whether it is new. Raises CopyHeld or AssetGone.
        """
        async with self._services.jobs.transaction() as work:
            # The lock that keeps two runs from registering a copy each.
            if not await lock_video(work.connection, asset.video_id) or not await asset.stands():
                raise AssetGone(asset.prefix)
            now = await database_now(work.connection)
            found = None if anew else await _usable(asset, storage, now, work.connection)
            copy = found or StorageCopy(asset=asset.id, storage=storage, prefix=asset.new_place(), keep_until=now)
            copy.state, copy.holder = CopyState.COPYING, self._holder
            copy.lease_until = now + timedelta(seconds=LEASE_SECONDS)
            await copy.save(using_db=work.connection, force_create=found is None)
            if found is None:
                # Whatever becomes of this copy or of this process: one job sees to the end of it.
                await work.enqueue(DROP, {"copy": copy.id}, subject=copy.id, delay=DROP_SECONDS)
        fault_point("move:registered")
        return copy, found is None

    async def flip(
        self, work: Work, asset: Asset, copy: StorageCopy, *, moved_from: str | None, keep_seconds: float
    ) -> None:
        """Let the asset lie where the copy is, and the copy be what the asset leaves; it is kept for `keep_seconds`.

        Raises AssetGone or CopyLost; the caller's transaction must fail then.
        """
        if not await asset.point_at(work.connection, copy.storage, copy.prefix, moved_from=moved_from):
            raise AssetGone(asset.prefix)
        now = await database_now(work.connection)
        swapped = await self._mine(copy, work.connection).update(
            storage=asset.storage,
            prefix=asset.prefix,
            state=CopyState.LEAVING if keep_seconds else CopyState.DROPPING,
            keep_until=now + timedelta(seconds=keep_seconds),
            holder=None,
            lease_until=None,
        )
        if not swapped:
            raise CopyLost(copy.prefix)
        if not keep_seconds:
            await work.enqueue(DROP, {"copy": copy.id}, subject=copy.id)
        fault_point("move:flipping")

    async def discard(self, copy: StorageCopy) -> None:
        """Use a copy no more. Its objects go at once, or when the storage answers again and no link leads to them."""
        async with transaction() as connection:
            mine = self._mine(copy, connection)
            if not await mine.update(state=CopyState.DROPPING, holder=None, lease_until=None):
                return
        try:
            await drop_copy(self._services, copy.id)
        except (StorageError, OSError) as error:
            log.warning("copy_not_dropped", storage=copy.storage, prefix=copy.prefix, detail=str(error))

    async def discard_all(self) -> None:
        """Discard every copy that this run has not finished."""
        for copy in await StorageCopy.filter(holder=self._holder, state=CopyState.COPYING):
            await self.discard(copy)

    async def release(self, copy: StorageCopy) -> None:
        """Leave a copy as it is, for a later run to go on with."""
        await StorageCopy.filter(id=copy.id, holder=self._holder).update(holder=None, lease_until=None)

    def _mine(self, copy: StorageCopy, connection: BaseDBAsyncClient) -> QuerySet[StorageCopy]:
        mine = StorageCopy.filter(id=copy.id, holder=self._holder, state=CopyState.COPYING)
        return mine.using_db(connection)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            try:
                async with transaction() as connection:
                    until = await database_now(connection) + timedelta(seconds=LEASE_SECONDS)
                    await StorageCopy.filter(holder=self._holder).using_db(connection).update(lease_until=until)
            except Exception as error:
                log.warning("lease_not_renewed", exc_info=error)


async def abandon_set(work: Work, row: RenditionSet) -> None:
    """Delete the row of a set; its objects go as soon as a worker looks, wherever a move has brought them by now."""
    now = await database_now(work.connection)
    place = StorageCopy(asset=row.id, storage=row.storage, prefix=row.prefix, state=CopyState.DROPPING, keep_until=now)
    await place.save(using_db=work.connection, force_create=True)
    await row.delete(using_db=work.connection)
    await work.enqueue(DROP, {"copy": place.id}, subject=place.id)


async def _usable(asset: Asset, storage: str, now: datetime, connection: BaseDBAsyncClient) -> StorageCopy | None:
    known = StorageCopy.filter(asset=asset.id, storage=storage, state__in=_USABLE).using_db(connection)
    copies = await known.select_for_update().order_by("created_at")
    if any(copy.lease_until is not None and copy.lease_until > now for copy in copies):
        raise CopyHeld(asset.prefix)
    return copies[-1] if copies else None
