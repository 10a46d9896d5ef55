"""New keys for what turns private: where browsers read past us, public links would work for ever (P-2, P-5)."""

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from core.database import database_now
from core.jobs import Work
from core.models import CopyState, RenditionSet, StorageCopy, Video, Visibility
from core.storage import StorageError, StorageKey
from core.storage_moves.assets import Asset, asset_of_set
from core.storage_moves.copies import DROP, AssetGone, Copies, CopyLost
from core.storage_moves.copying import Copier, named
from core.videos.access import VIDEO_ROOT, is_public

if TYPE_CHECKING:
    from core.services import Services

REKEY = "videos.rekey"


async def rekey_when_narrowed(work: Work, video: Video, visibility: Visibility) -> None:
    """Close the links that are out when a video is about to be for fewer people, in the transaction that changes it."""
    from_widest = list(Visibility)
    if from_widest.index(visibility) > from_widest.index(video.visibility):
        await work.enqueue(REKEY, subject=video.id)


async def rekey_video(services: "Services", video_id: str, holder: str) -> None:
    """Give new keys to all sets of a video that is not public, in storages that do not ask us; the old ones go at once.

    Who may watch goes on with a new playlist. `holder` names this attempt. Doing it again only makes keys anew. A set
    that grows is left alone until it has ended.
    """
    video = await Video.get_or_none(id=video_id).select_related("owner")
    past_us = [name for name, storage in services.storages.items() if not storage.asks_gate]
    if video is None or is_public(video) or not past_us:
        return
    copies, renewed = Copies(services, holder), set[str]()
    with suppress(AssetGone):  # it is being erased, and every key with it
        async with copies.held():
            while rows := await _old_sets(video_id, past_us, renewed):
                for row in rows:
                    # None where a move was faster: it is looked at again where it lies now.
                    if prefix := await _rekey(services, copies, asset_of_set(row)):
                        renewed.add(prefix)
    await _close_left_places(services, video_id, past_us)


async def _old_sets(video_id: str, storages: Sequence[str], renewed: set[str]) -> list[RenditionSet]:
    rows = await RenditionSet.filter(video_id=video_id, storage__in=storages, growing=False)
    return [row for row in rows if row.prefix not in renewed]


async def _rekey(services: "Services", copies: Copies, asset: Asset) -> str | None:
    """Return the set's new prefix, None when it has moved meanwhile. Raises AssetGone when it is being erased."""
    storage = services.storages[asset.storage]
    copy, _ = await copies.begin(asset, asset.storage, anew=True)
    try:
        # What is there, even where something is missing: privacy does not wait for a repair.
        objects = await named(asset, storage)
        await Copier(asset, storage, storage, StorageKey(copy.prefix), _uncounted).fill(objects)
        async with services.jobs.transaction() as work:
            await copies.flip(work, asset, copy, moved_from=asset.moved_from, keep_seconds=0)
    except (AssetGone, CopyLost):
        await copies.discard(copy)
        return None
    except (StorageError, OSError):
        await copies.discard(copy)
        if await asset.stands():
            raise
        return None
    return copy.prefix


def _uncounted(_: int) -> None:
    """Nobody looks at the progress of this copy."""


async def _close_left_places(services: "Services", video_id: str, storages: Sequence[str]) -> None:
    """Drop the places that a move has left for those who still watch: their links were public too."""
    async with services.jobs.transaction() as work:
        now = await database_now(work.connection)
        left = StorageCopy.filter(
            prefix__startswith=f"{VIDEO_ROOT}/{video_id}/", storage__in=storages, keep_until__gt=now
        ).using_db(work.connection)
        for copy in await left:
            await work.enqueue(DROP, {"copy": copy.id}, subject=copy.id)
        await left.update(state=CopyState.DROPPING, keep_until=now, holder=None, lease_until=None)
