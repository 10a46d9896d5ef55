"""A creator's deleted videos, for as long as they can be restored."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import humanize
from tortoise.expressions import Q

from core.api import Services, decode_cursor, deleted_by, encode_cursor, original_of
from core.models import User, Video

PAGE = 24
_LIST = "studio.deleted"


@dataclass(frozen=True, slots=True)
class Deleted:
    """A video that is not lost yet."""

    video: Video
    left: str
    """How long it can be restored, in words."""


async def deleted_page_of(services: Services, owner: User, cursor: str | None) -> tuple[list[Deleted], str | None]:
    """Return a page of them, the last deleted first, and the cursor of the next one.

    Raises Problem 422 for a cursor that is not ours.
    """
    query = deleted_by(owner)
    if cursor is not None:
        moment, video_id = decode_cursor(services.signer, _LIST, cursor)
        before = datetime.fromisoformat(str(moment))
        query = query.filter(Q(deleted_at__lt=before) | Q(deleted_at=before, id__lt=video_id))
    found = await query.limit(PAGE + 1)
    following = None
    if len(found) > PAGE and (last := found[PAGE - 1]).deleted_at:
        following = encode_cursor(services.signer, _LIST, [last.deleted_at.isoformat(), last.id])
    now = datetime.now(UTC)
    return [Deleted(video, _words(video.undo_until - now)) for video in found[:PAGE] if video.undo_until], following


async def deleted_one(owner: User, video_id: str | None) -> Video | None:
    """Return the video a page speaks of, if it can be restored."""
    return await deleted_by(owner).get_or_none(id=video_id) if video_id else None


async def time_to_undo(services: Services, video: Video) -> str | None:
    """Return how long this video could be restored, in words; None where deleting it is final."""
    hours = services.settings.core.videos.undo_hours
    # What was never uploaded completely has nothing to come back to.
    return _words(timedelta(hours=hours)) if hours and await original_of(video) else None


def _words(left: timedelta) -> str:
    # "a day" is what 24 hours are until they are 48; hours say more.
    hours = left / timedelta(hours=1)
    return f"{hours:.0f} hours" if 1.5 <= hours <= 48 else humanize.naturaldelta(left)
