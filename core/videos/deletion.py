"""Deleting: a video is refused at once, can be taken back for a while, and then leaves nothing behind."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from core.database import database_now
from core.faults import fault_point
from core.jobs import JobContext, Work
from core.jobs.table import cancel
from core.models import Job, JobState, RenditionSet, Upload, UploadState, User, Video
from core.problems import not_found
from core.storage_moves import REKEY
from core.videos.publish import ANNOUNCE
from core.videos.runs import PROBE, PROCESSING, end_runs

if TYPE_CHECKING:
    from core.services import Services

ERASE = "videos.erase"
_UNFINISHED = (JobState.READY, JobState.RUNNING)


def deleted_by(user: User) -> QuerySet[Video]:
    """Return the videos the user has deleted and may still restore, until `undo_until`; the last deleted first."""
    return Video.filter(owner_id=user.id, undo_until__gt=datetime.now(UTC)).order_by("-deleted_at", "-id")


async def delete_video(services: "Services", video: Video) -> None:
    """Take the video away at once and stop its work; its objects and rows go when it can no longer be restored.

    What was never uploaded completely cannot be restored, and goes within a minute. Raises the 404 of a deleted video.
    """
    await _delete(services, video, timedelta(hours=services.settings.core.videos.undo_hours))


async def erase_video(services: "Services", user: User, video_id: str) -> None:
    """Delete a video of the user's for good, whether it was deleted before or not; its objects go within a minute.

    Raises the 404 of a missing video, also when it was deleted for good before.
    """
    video = await Video.filter(Q(deleted_at__isnull=True) | Q(undo_until__isnull=False), owner_id=user.id).get_or_none(
        id=video_id
    )
    if video is None:
        raise not_found()
    if video.deleted_at is None:
        await _delete(services, video, timedelta())
        return
    async with services.jobs.transaction() as work:
        waiting = Video.filter(id=video_id, undo_until__isnull=False).using_db(work.connection)
        if not await waiting.update(undo_until=None):
            raise not_found()
        await work.enqueue(ERASE, subject=video_id, delay=_quiet_after(services))


async def restore_video(services: "Services", user: User, video_id: str) -> Video:
    """Take a deletion back: what it stopped goes on, and a video without a complete set is processed anew.

    Returns the video with its owner and current set. Raises the 404 of a missing one once its objects may be going.
    """
    if not await deleted_by(user).filter(id=video_id).exists():
        raise not_found()
    # Read before the transaction: what that one cancels is the deletion itself, but for what it left to be swept.
    cancelled = await Job.filter(subject=video_id, state=JobState.CANCELLED).order_by("run_at", "id")
    async with services.jobs.transaction() as work:
        await cancel(video_id, work.connection, [ERASE, REKEY, ANNOUNCE])
        video = await deleted_by(user).using_db(work.connection).select_for_update().get_or_none(id=video_id)
        if video is None or video.deleted_at is None:
            raise not_found()
        cut = [job for job in cancelled if job.finished_at and job.finished_at >= video.deleted_at]
        video.deleted_at = video.undo_until = None
        # The grants of before stay void, and so does the ERASE job of this deletion, should a worker hold it.
        video.playback_epoch += 1
        await video.save(using_db=work.connection, update_fields=["deleted_at", "undo_until", "playback_epoch"])
        await _go_on(services, work, video, cut)
    return await Video.get(id=video_id).select_related("owner", "current_set")


async def _delete(services: "Services", video: Video, grace: timedelta) -> None:
    async with services.jobs.transaction() as work:
        connection = work.connection
        now = await database_now(connection)
        # Jobs, uploads, then the video: whatever else locks several of them does so in this order.
        await cancel(video.id, connection)
        uploads = Upload.filter(video_id=video.id).using_db(connection)
        await uploads.filter(state=UploadState.OPEN).update(state=UploadState.ABORTED)
        rows = Video.filter(id=video.id, deleted_at__isnull=True).using_db(connection)
        row = await rows.select_for_update().get_or_none()
        if row is None:
            raise not_found()
        restorable = grace > timedelta() and await uploads.filter(state=UploadState.ACCEPTED).exists()
        row.deleted_at, row.undo_until = now, now + grace if restorable else None
        row.playback_epoch += 1
        await row.save(using_db=connection, update_fields=["deleted_at", "undo_until", "playback_epoch"])
        await cancel(video.id, connection)  # what a "try again" enqueued before the row was ours
        await end_runs(work, row, quiet_after=_quiet_after(services))
        if restorable:  # meanwhile, links that nobody asks us about must lead nowhere
            await work.enqueue(REKEY, subject=video.id)
        delay = max(grace.total_seconds() if restorable else 0, _quiet_after(services))
        await work.enqueue(ERASE, {"epoch": row.playback_epoch}, subject=video.id, delay=delay)
        await work.enqueue(ANNOUNCE, {"hook": "video_deleted"}, subject=video.id)


async def _go_on(services: "Services", work: Work, video: Video, cut: Sequence[Job]) -> None:
    """Enqueue again what a deletion has cut off."""
    now = await database_now(work.connection)
    for job in cut:
        if job.kind not in (*PROCESSING, ERASE):
            delay = max(0.0, (job.run_at - now).total_seconds())
            await work.enqueue(job.kind, job.payload, subject=video.id, delay=delay)
    complete = RenditionSet.filter(id=video.current_set_id, complete=True).using_db(work.connection)
    # What plays may be about to be replaced by another file.
    if any(job.kind in PROCESSING for job in cut) or not await complete.exists():
        accepted = Upload.filter(video_id=video.id, state=UploadState.ACCEPTED).using_db(work.connection)
        original = await accepted.order_by("-created_at").first()
        if original is not None:
            await work.enqueue(PROBE, {"upload": original.id}, subject=video.id)


def _quiet_after(services: "Services") -> float:
    # Seconds. A worker whose job was cancelled writes on until its next heartbeat.
    return services.settings.core.jobs.heartbeat * 2


async def begin_to_erase(context: JobContext) -> bool:
    """Take the video for good, so that it can no longer be restored; False when it was restored, or is gone."""
    # Without `undo_until` its end was decided before; with it, only the job of this very deletion may decide it.
    decided = Q(undo_until__isnull=True) | Q(playback_epoch=context.job.payload.get("epoch"))
    video = Video.filter(decided, id=context.job.subject, deleted_at__isnull=False)
    taken = bool(await video.update(undo_until=None))
    fault_point(f"{ERASE}:begun")
    return taken


async def end_erasing(services: "Services", context: JobContext) -> None:
    """Remove the row, and with it all others of the video, once nobody has to be told about it any more."""
    video_id = str(context.job.subject)
    async with context.finishing() as work:
        telling = Job.filter(subject=video_id, kind=ANNOUNCE, state__in=_UNFINISHED).using_db(work.connection)
        if await telling.exists():
            await work.enqueue(ERASE, subject=video_id, delay=_quiet_after(services))
            return
        await cancel(video_id, work.connection)
        await Video.filter(id=video_id, deleted_at__isnull=False).using_db(work.connection).delete()
