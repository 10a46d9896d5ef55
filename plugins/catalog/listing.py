"""Lists of public videos, newest first, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from core.api import Signer, decode_cursor, encode_cursor, listed, not_found
from core.models import User, Video


@dataclass(frozen=True, slots=True)
class Page:
    """Videos with owner and current set, and the cursor of the page after them, if there is one."""

    videos: Sequence[Video]
    following: str | None


async def newest(signer: Signer, *, size: int, cursor: str | None = None, owner: User | None = None) -> Page:
    """Return public videos, of one owner or of all. Raises Problem 422 for a cursor that is not of this list."""
    found, name = listed(), "videos"
    if owner is not None:
        found, name = found.filter(owner_id=owner.id), f"videos of {owner.id}"
    if cursor is not None:
        found = found.filter(_after(decode_cursor(signer, name, cursor)))
    videos = await _newest_first(found).limit(size + 1)
    more, videos = len(videos) > size, videos[:size]
    return Page(videos, encode_cursor(signer, name, _position(videos[-1])) if more else None)


async def up_next(video: Video, size: int) -> list[Video]:
    """Return other public videos: the owner's first, then everybody's, each newest first."""
    others = listed().exclude(id=video.id)
    own = await _newest_first(others.filter(owner_id=video.owner_id)).limit(size)
    rest = await _newest_first(others.exclude(owner_id=video.owner_id)).limit(size - len(own))
    return [*own, *rest]


async def channel_owner(handle: str) -> User:
    """Return the person behind a handle, or raise the 404 that a missing one gives."""
    owner = await User.get_or_none(handle=handle, suspended_at__isnull=True)
    if owner is None:
        raise not_found()
    return owner


async def count_of(owner: User) -> int:
    """Return how many videos a stranger finds on the channel."""
    return await listed().filter(owner_id=owner.id).count()


def _newest_first(videos: QuerySet[Video]) -> QuerySet[Video]:
    # The id makes the order total: videos may be published in the same microsecond.
    return videos.order_by("-published_at", "-id").select_related("owner", "current_set")


def _position(video: Video) -> list[str | int | float]:
    if video.published_at is None:
        raise ValueError(f"video {video.id} is in a list of published videos, but was never published")
    return [video.published_at.isoformat(), video.id]


def _after(position: list[str | int | float]) -> Q:
    published_at, video_id = datetime.fromisoformat(str(position[0])), position[1]
    return Q(published_at__lt=published_at) | Q(published_at=published_at, id__lt=video_id)
