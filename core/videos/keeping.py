"""What happens to videos besides processing: edit, delete, try again; and the jobs that clean up behind them."""

import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

from core.jobs import JobContext, JobKind
from core.jobs.table import cancel
from core.models import Job, JobState, RenditionSet, Upload, UploadState, Video, Visibility
from core.problems import Problem
from core.storage import StorageKey
from core.text import Line, Prose
from core.videos.access import ORIGINAL_ROOT, VIDEO_ROOT
from core.videos.process import PROCESSING
from core.videos.publish import ANNOUNCE, RETIRE, review, show
from core.videos.upload import EXPIRE, PROBE, original_of

if TYPE_CHECKING:
    from core.services import Services

ERASE = "videos.erase"


class VideoEdit(BaseModel):
    """What an owner may change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[Line, Field(max_length=120)] | None = None
    description: Prose | None = None
    visibility: Visibility | None = None


async def edit_video(services: "Services", video: Video, edit: VideoEdit) -> Video:
    """Apply an owner's changes. A changed visibility voids the read grants that are out, at once."""
    changes = edit.model_dump(exclude_none=True)
    # What is reviewed is what will be seen.
    verdict = await review(services, video.update_from_dict(changes))
    async with services.jobs.transaction() as work:
        row = await Video.filter(id=video.id).using_db(work.connection).select_for_update().get()
        if edit.visibility is not None and edit.visibility is not row.visibility:
            changes["playback_epoch"] = row.playback_epoch + 1
        if changes:
            await row.update_from_dict(changes).save(using_db=work.connection, update_fields=list(changes))
        await show(work, row, verdict)
    return await Video.get(id=video.id).select_related("owner", "current_set")


async def delete_video(services: "Services", video: Video) -> None:
    """Take the video away at once; its work stops, and its objects and rows follow within a minute or so."""
    settings = services.settings.core.jobs
    async with services.jobs.transaction() as work:
        row = Video.filter(id=video.id, deleted_at__isnull=True).using_db(work.connection)
        epoch = video.playback_epoch + 1
        if await row.update(deleted_at=datetime.now(UTC), playback_epoch=epoch):
            await cancel(video.id, work.connection)
            # A worker that was cancelled writes on until its next heartbeat; erase after that.
            await work.enqueue(ERASE, subject=video.id, delay=settings.heartbeat * 2)
            await work.enqueue(ANNOUNCE, {"hook": "video_deleted"}, subject=video.id)


async def retry_video(services: "Services", video: Video) -> None:
    """Process the accepted original anew; while work is under way this changes nothing.

    Raises Problem 409 when there is no complete upload to work on.
    """
    original = await original_of(video)
    if original is None:
        raise Problem(409, "no_original", "The upload is not complete. Finish it first.")
    async with services.jobs.transaction() as work:
        await Video.filter(id=video.id).using_db(work.connection).select_for_update().get()
        unfinished = Job.filter(subject=video.id, kind__in=PROCESSING, state__in=[JobState.READY, JobState.RUNNING])
        if not await unfinished.using_db(work.connection).exists():
            await work.enqueue(PROBE, {"upload": original.id}, subject=video.id)


class Keeping:
    """The jobs that clean up."""

    def __init__(self, services: "Services") -> None:
        self._services = services

    def kinds(self) -> list[JobKind]:
        """The kinds of job of this room."""
        return [
            JobKind(ERASE, self._erase),
            JobKind(RETIRE, self._retire),
            JobKind(EXPIRE, self._expire),
            JobKind(ANNOUNCE, self._announce),
        ]

    async def _erase(self, context: JobContext) -> None:
        """Remove everything of a deleted video: objects first, so that after a crash the row is there to go on from."""
        video_id, storage = str(context.job.subject), self._services.storage
        for upload in await Upload.filter(video_id=video_id):
            await storage.abort_upload(upload.target)
        for root in (VIDEO_ROOT, ORIGINAL_ROOT):
            await self._delete_below(StorageKey(f"{root}/{video_id}"))
        async with context.finishing() as work:
            await Video.filter(id=video_id, deleted_at__isnull=False).using_db(work.connection).delete()

    async def _retire(self, context: JobContext) -> None:
        """Remove a set that is no longer the current one."""
        old = await RenditionSet.get_or_none(id=context.job.payload["set"])
        if old is None or await Video.filter(current_set_id=old.id).exists():
            return
        await self._delete_below(StorageKey(old.prefix))
        async with context.finishing() as work:
            await RenditionSet.filter(id=old.id).using_db(work.connection).delete()

    async def _expire(self, context: JobContext) -> None:
        """Forget an upload that was not finished in time, or was cancelled; its draft video goes with it."""
        upload = await Upload.get_or_none(id=context.job.payload["upload"])
        if upload is None:
            return
        # The row first: a completion that is under way then finds the upload closed, and not its parts gone.
        await Upload.filter(id=upload.id, state=UploadState.OPEN).update(state=UploadState.ABORTED)
        await upload.refresh_from_db()
        if upload.state is UploadState.ACCEPTED:
            return
        await self._services.storage.abort_upload(upload.target)
        # A completion that came too late, or died half-way, has left an object.
        await self._services.storage.delete([StorageKey(upload.key)])
        async with context.finishing() as work:
            await upload.delete(using_db=work.connection)
            others = Upload.filter(video_id=upload.video_id).using_db(work.connection)
            if not await others.exists():
                await Video.filter(id=upload.video_id).using_db(work.connection).delete()

    async def _announce(self, context: JobContext) -> None:
        """Tell the plugins what happened to a video; a job, so that a crash right after the event loses nothing."""
        video = await Video.get_or_none(id=context.job.subject).select_related("owner", "current_set")
        if video is None:
            return
        payload = context.job.payload
        job = await Job.get_or_none(id=payload["job"]) if "job" in payload else None
        await self._services.hooks.announce(payload["hook"], video=video, job=job)

    async def _delete_below(self, prefix: StorageKey) -> None:
        keys = [found.key async for found in self._services.storage.list(prefix)]
        if keys:
            await self._services.storage.delete(keys)


async def sweep_workspaces(services: "Services") -> None:
    """Remove work folders that processes which no longer run left behind: those of jobs that have ended."""
    for folder in (services.settings.data_dir.resolve() / "work").glob("*-*"):
        job = await Job.get_or_none(id=folder.name.partition("-")[0])
        if job is None or job.state in (JobState.DONE, JobState.FAILED, JobState.CANCELLED):
            shutil.rmtree(folder, ignore_errors=True)
