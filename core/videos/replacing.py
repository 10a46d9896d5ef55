"""Another file for a video: which of several its owner wants, and what becomes of those that nobody wants any more."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.queryset import QuerySet

from core.jobs import Work
from core.jobs.table import cancel
from core.models import RenditionSet, Upload, UploadState, Video
from core.problems import Problem, not_found
from core.videos.new_upload import EXPIRE
from core.videos.runs import PROCESSING, Run, end_runs

if TYPE_CHECKING:
    from core.services import Services


def files_of_video(video_id: str, connection: BaseDBAsyncClient | None = None) -> QuerySet[Upload]:
    """Return the complete files of a video: what plays is made of one, those that were asked for later wait."""
    return Upload.filter(video_id=video_id, state=UploadState.ACCEPTED).using_db(connection)


async def is_replacement(upload: Upload, connection: BaseDBAsyncClient | None = None) -> bool:
    """Tell whether another file of the same video is complete already, whose place this one is to take."""
    return await files_of_video(upload.video_id, connection).exclude(id=upload.id).exists()


async def is_overtaken(upload: Upload, connection: BaseDBAsyncClient) -> bool:
    """Tell whether a file that its owner asked for later is complete already: that one is to be played, not this."""
    return await files_of_video(upload.video_id, connection).filter(created_at__gt=upload.created_at).exists()


def since_played(played: RenditionSet | None, files: Mapping[str, datetime]) -> set[str]:
    """Return which of the complete files, told with when they were asked for, are to take the place of what plays."""
    if played is None or not files:
        return set()
    # A complete set is made of the oldest file there is, because older ones are dropped with it.
    asked = files.get(played.upload_id or "") or min(files.values())
    return {upload_id for upload_id, at in files.items() if at > asked}


async def drop_older(work: Work, run: Run) -> None:
    """Forget the originals that the video was made from before: nothing can go back to them."""
    files = files_of_video(run.video_id, work.connection)
    current = await files.get_or_none(id=run.upload_id)
    if current is not None:
        await _drop(work, files.filter(created_at__lt=current.created_at))


async def drop_overtaken(services: "Services", upload: Upload) -> None:
    """Forget an open upload that came too late to be played."""
    async with services.jobs.transaction() as work:
        await _drop(work, Upload.filter(id=upload.id, state=UploadState.OPEN).using_db(work.connection))


async def _drop(work: Work, uploads: QuerySet[Upload]) -> None:
    for upload in await uploads:
        await work.enqueue(EXPIRE, {"upload": upload.id}, subject=upload.video_id)
    await uploads.update(state=UploadState.ABORTED)


class _NothingWaits(Exception):
    """No file is to take the place of what plays; what was begun is rolled back."""


async def keep_version(services: "Services", video: Video) -> None:
    """Go on with what plays: stop all work on the complete files that were to take its place, and forget them.

    Their space is given back. Without such a file this changes nothing. Raises Problem 409 when nothing plays, 404 when
    the video was deleted meanwhile.
    """
    if video.current_set_id is None:
        detail = "There is no version of this video that can be watched. Try again, or give it another file."
        raise Problem(409, "nothing_to_keep", detail)
    with suppress(_NothingWaits):
        async with services.jobs.transaction() as work:
            await _keep(work, video.id, quiet_after=2 * services.settings.core.jobs.heartbeat)


async def _keep(work: Work, video_id: str, *, quiet_after: float) -> None:
    connection = work.connection
    # Jobs, uploads, then the video: whatever else locks several of them does so in this order.
    await cancel(video_id, connection, PROCESSING)
    played = await RenditionSet.filter(current_of__id=video_id).using_db(connection).get_or_none()
    files = files_of_video(video_id, connection)
    waiting = since_played(played, {upload.id: upload.created_at for upload in await files})
    if played is None or not waiting:
        raise _NothingWaits
    await _drop(work, files.filter(id__in=list(waiting)))
    rows = Video.filter(id=video_id, deleted_at__isnull=True).using_db(connection)
    row = await rows.select_for_update().get_or_none()
    if row is None:
        raise not_found()
    await end_runs(work, row, quiet_after=quiet_after)
    row.plan = played.plan
    await row.save(using_db=connection, update_fields=["plan"])
