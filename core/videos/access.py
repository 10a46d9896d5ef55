"""Who may see which video: the one rule that pages, API, playlists and segments all ask."""

import hmac
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field
from tortoise.queryset import QuerySet

from core.models import Role, Upload, User, Video, Visibility
from core.problems import not_found
from core.storage import ReadGrant, StorageKey

VIDEO_ROOT = "videos"
ORIGINAL_ROOT = "originals"
_LINK = "link"  # stands in a grant for whoever holds the link, in place of a user's id


class KeyQuery(BaseModel):
    """The key that the link to an unlisted video carries."""

    model_config = ConfigDict(extra="forbid")

    key: str | None = Field(None, max_length=64)


def listed() -> QuerySet[Video]:
    """Return every video a stranger may find."""
    return Video.filter(
        visibility=Visibility.PUBLIC,
        published_at__isnull=False,
        current_set_id__isnull=False,
        hidden_at__isnull=True,
        deleted_at__isnull=True,
        owner__suspended_at__isnull=True,
    )


def owned_by(user: User) -> QuerySet[Video]:
    """Return the videos a user has and has not deleted."""
    return Video.filter(owner_id=user.id, deleted_at__isnull=True)


def uploads_of(user: User) -> QuerySet[Upload]:
    """Return the user's uploads, but for those of videos that are deleted."""
    return Upload.filter(owner_id=user.id, video__deleted_at__isnull=True)


def is_open_to(video: Video, user: User | None, key: str | None) -> bool:
    """Tell whether the user may watch; `video.owner` is loaded. `key` is what an unlisted video's link carries."""
    if video.deleted_at is not None:
        return False
    if user is not None and (user.id == video.owner_id or user.role.includes(Role.MODERATOR)):
        return True
    if video.published_at is None or video.hidden_at is not None or video.owner.suspended_at is not None:
        return False
    if video.visibility is Visibility.UNLISTED:
        return hmac.compare_digest((key or "").encode(), video.link_key.encode())
    return video.visibility is Visibility.PUBLIC


def is_public(video: Video) -> bool:
    """Tell whether a stranger without any key may watch."""
    return is_open_to(video, None, None)


async def watchable(user: User | None, video_id: str, key: str | None = None) -> Video:
    """Return a video with its owner and current set, or raise the 404 that a missing one gives."""
    video = await Video.get_or_none(id=video_id).select_related("owner", "current_set")
    if video is None or not is_open_to(video, user, key):
        raise not_found()
    return video


async def owned(user: User, video_id: str) -> Video:
    """Return the user's own video with its owner and current set, or raise the 404 that a missing one gives."""
    video = await owned_by(user).get_or_none(id=video_id).select_related("owner", "current_set")
    if video is None:
        raise not_found()
    return video


def grant_for(video: Video, prefix: str, viewer: User | None, *, seconds: int = 6 * 3600) -> ReadGrant | None:
    """Return leave to read a rendition set, or None where everybody may read it. Raising the epoch voids it."""
    if is_public(video):
        return None
    return _grant(video, StorageKey(prefix), viewer.id if viewer else _LINK, seconds)


def grant_for_original(video: Video, original: Upload, *, seconds: int = 6 * 3600) -> ReadGrant:
    """Return the owner's leave to read their accepted file and nothing else, whoever may watch the video."""
    return _grant(video, StorageKey(original.key), video.owner_id, seconds)


def _grant(video: Video, prefix: StorageKey, holder: str, seconds: int) -> ReadGrant:
    expires_at = int(datetime.now(UTC).timestamp()) + seconds
    return ReadGrant(prefix, f"{video.playback_epoch}.{holder}", expires_at)


class Gate:
    """Decides, for storages that serve objects through us, whether an object may be read at this moment."""

    async def may_read(self, key: StorageKey, grant: ReadGrant | None) -> bool:
        """Without a grant the video must be public; with one, its epoch and its holder's right must still stand.

        An original is for its owner, and never without a grant.
        """
        root, _, rest = key.partition("/")
        if root not in (VIDEO_ROOT, ORIGINAL_ROOT):
            return False
        video = await Video.get_or_none(id=rest.partition("/")[0]).select_related("owner")
        if video is None or video.deleted_at is not None:
            return False
        if grant is None:
            return root == VIDEO_ROOT and is_public(video)
        epoch, _, holder = grant.subject.partition(".")
        user = None if holder == _LINK else await User.get_or_none(id=holder, suspended_at__isnull=True)
        # Whoever was suspended since does not count as somebody with the link.
        if epoch != str(video.playback_epoch) or (user is None and holder != _LINK):
            return False
        if root == ORIGINAL_ROOT:
            return user is not None and user.id == video.owner_id
        return is_open_to(video, user, video.link_key)
