"""What a user's videos take of the storage, and whether one more upload is within the site's limits."""

from datetime import UTC, datetime, time, timedelta

import humanize
from pydantic import BaseModel
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.functions import Sum

from core.models import Attachment, RenditionSet, Upload, UploadState, User, Video
from core.problems import Problem
from core.settings import UploadSettings
from core.videos.access import uploads_of


class StorageUse(BaseModel):
    """Your storage in bytes: what your files, renditions and captions take, and what open uploads have reserved.

    `deleted` is the part of `used` that videos take which can still be restored. `quota` is null where there is no
    limit. Making renditions is never refused, so `used` may pass it.
    """

    used: int
    deleted: int
    reserved: int
    quota: int | None


async def storage_use(user: User, limits: UploadSettings, connection: BaseDBAsyncClient | None = None) -> StorageUse:
    """Add up what the user's videos take; what is deleted counts until it is erased, because it takes space.

    Summed from the rows each time, because a counter would have to be right after every crash.
    """
    # One statement for both states: an upload that is accepted between two would be in neither sum.
    states = Upload.filter(owner_id=user.id, state__in=[UploadState.OPEN, UploadState.ACCEPTED]).using_db(connection)
    uploads = states.annotate(bytes=Sum("size")).group_by("state", "video__deleted_at")
    made = [
        rows.filter(video__owner_id=user.id).using_db(connection).annotate(bytes=Sum("size"))
        for rows in (RenditionSet.all(), Attachment.all())
    ]
    # PostgreSQL adds up to a numeric.
    sums = [
        (state, at, int(size)) for state, at, size in await uploads.values_list("state", "video__deleted_at", "bytes")
    ]
    stored = [(at, size) for state, at, size in sums if state is UploadState.ACCEPTED]
    for rows in made:
        found = await rows.group_by("video__deleted_at").values_list("video__deleted_at", "bytes")
        stored += [(at, int(size)) for at, size in found]
    return StorageUse(
        used=sum(size for _, size in stored),
        deleted=sum(size for at, size in stored if at is not None),
        reserved=sum(size for state, _, size in sums if state is UploadState.OPEN),
        quota=limits.quota or None,
    )


async def reserve(owner: User, size: int, limits: UploadSettings, connection: BaseDBAsyncClient) -> None:
    """Check that one more upload of `size` bytes is within the limits, and count it; `owner` is locked until the end.

    The upload's row, saved in the same transaction, is the reservation. Raises Problem 413 or 429.
    """
    mine = uploads_of(owner).filter(state=UploadState.OPEN).using_db(connection)
    if await mine.count() >= limits.open_per_user:
        detail = f"You have {limits.open_per_user} unfinished uploads. Finish or cancel one of them first."
        raise Problem(429, "too_many_uploads", detail, headers={"Retry-After": "60"})
    await _require_space(owner, size, limits, connection)
    await _count_begun(owner, limits.daily, connection)


async def locked_owner(video: Video, connection: BaseDBAsyncClient) -> User:
    """Return whose video it is, locked until the end of the transaction, so that nothing else is counted meanwhile.

    Whoever locks a video, too, does so after this.
    """
    return await User.filter(id=video.owner_id).using_db(connection).select_for_update().get()


async def count_attachment(
    owner: User, video: Video, plugin: str, size: int, limits: UploadSettings, connection: BaseDBAsyncClient
) -> None:
    """Count what a plugin keeps for a video besides its media: `size` bytes in all, from now on.

    `owner` is what `locked_owner` returned in the same transaction. Raises Problem 413 when it is more than before and
    more than fits.
    """
    rows = Attachment.filter(video_id=video.id, plugin=plugin).using_db(connection)
    before = await rows.get_or_none()
    more = size - (before.size if before else 0)
    if more > 0:
        await _require_space(owner, more, limits, connection)
    await rows.delete()
    if size:
        await Attachment.create(using_db=connection, video_id=video.id, plugin=plugin, size=size)


async def _require_space(owner: User, size: int, limits: UploadSettings, connection: BaseDBAsyncClient) -> None:
    use = await storage_use(owner, limits, connection)
    if use.quota is not None and use.used + use.reserved + size > use.quota:
        raise _quota_exceeded(use, use.quota, size)


async def _count_begun(owner: User, limit: int, connection: BaseDBAsyncClient) -> None:
    now = datetime.now(UTC)
    begun = owner.uploads_begun if owner.upload_day == now.date() else 0
    if limit and begun >= limit:
        midnight = datetime.combine(now.date() + timedelta(days=1), time.min, UTC)
        raise Problem(
            429,
            "too_many_uploads_today",
            f"You have begun {begun} uploads today, and {limit} a day is the limit. Go on after midnight UTC.",
            headers={"Retry-After": str(int((midnight - now).total_seconds()) + 1)},
        )
    owner.upload_day, owner.uploads_begun = now.date(), begun + 1
    await owner.save(using_db=connection, update_fields=["upload_day", "uploads_begun"])


def _quota_exceeded(use: StorageUse, quota: int, size: int) -> Problem:
    used, deleted, reserved, limit, wanted = map(
        humanize.naturalsize, (use.used, use.deleted, use.reserved, quota, size)
    )
    kept = f" ({deleted} of it by deleted videos)" if use.deleted else ""
    return Problem(
        413,
        "quota_exceeded",
        f"This file has {wanted}, and you use {used} of {limit}{kept}, with {reserved} more reserved for unfinished "
        "uploads. To make room, delete a video for good or cancel an upload.",
    )
