"""The end of a copy: first nobody may use it any more, then its objects go, then its row."""

from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from tortoise.backends.base.client import BaseDBAsyncClient

from core.database import database_now, transaction
from core.faults import fault_point
from core.models import CopyState, RenditionSet, StorageCopy, Upload
from core.storage import StorageKey
from core.storage_moves.assets import objects_at

if TYPE_CHECKING:
    from core.services import Services

log = structlog.get_logger()

_ASK_AGAIN_SECONDS = 86400.0


async def drop_copy(services: "Services", copy_id: str) -> float:
    """Remove a copy's objects and its row; 0 when it is gone, else the seconds after which to try again.

    It stays while a run works on it, while a link may lead to it, and while its storage is not enabled. Doing it again
    after a crash is no error. Raises StorageError.
    """
    async with transaction() as connection:
        found = StorageCopy.filter(id=copy_id).using_db(connection)
        copy = await found.select_for_update().get_or_none()
        if copy is None:
            return 0
        seconds = _still_needed(copy, await database_now(connection))
        if seconds > 0:
            return seconds
        if copy.storage not in services.storages:
            log.info("copy_kept", storage=copy.storage, prefix=copy.prefix, reason="no such storage is enabled")
            return _ASK_AGAIN_SECONDS
        if await _is_home(copy, connection):
            # No step of a move leads here; whoever edited the rows or restored them meant the asset to stay.
            log.error("copy_is_in_use", storage=copy.storage, prefix=copy.prefix)
            await copy.delete(using_db=connection)
            return 0
        await found.update(state=CopyState.DROPPING, holder=None, lease_until=None)
    fault_point("move:dropping")
    storage = services.storages[copy.storage]
    await storage.delete([each.key for each in await objects_at(storage, StorageKey(copy.prefix))])
    fault_point("move:dropped")
    await StorageCopy.filter(id=copy_id).delete()
    return 0


def _still_needed(copy: StorageCopy, now: datetime) -> float:
    until = max(copy.keep_until, copy.lease_until or copy.keep_until)
    return (until - now).total_seconds()


async def _is_home(copy: StorageCopy, connection: BaseDBAsyncClient) -> bool:
    sets = RenditionSet.filter(storage=copy.storage, prefix=copy.prefix).using_db(connection)
    uploads = Upload.filter(storage=copy.storage, key=copy.prefix).using_db(connection)
    return await sets.exists() or await uploads.exists()
