"""What happens to videos besides processing: edit, try again; and the jobs that clean up behind them."""

import shutil
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

from core.jobs import JobContext, JobKind, Work
from core.jobs.table import cancel
from core.models import Job, JobState, RenditionSet, Upload, UploadState, Video, Visibility, new_secret_id
from core.problems import Problem, not_found
from core.storage import StorageKey
from core.storage_moves import REKEY, abandon_set, rekey_when_narrowed
from core.text import Line, Prose
from core.videos.access import ORIGINAL_ROOT, VIDEO_ROOT
from core.videos.deletion import ERASE, begin_to_erase, end_erasing
from core.videos.new_upload import EXPIRE
from core.videos.process import try_later
from core.videos.publish import ANNOUNCE, RETIRE, review, show
from core.videos.runs import PROBE, PROCESSING, end_runs
from core.videos.upload import original_of

if TYPE_CHECKING:
    from core.services import Services


class VideoEdit(BaseModel):
    """What an owner may change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[Line, Field(max_length=120)] | None = None
    description: Prose | None = None
    visibility: Visibility | None = None


async def edit_video(services: "Services", video: Video, edit: VideoEdit) -> Video:
    """Apply an owner's changes. A changed visibility voids the read grants that are out, at once.

    Where browsers read past us, a link works on for as long as its object has that key: a job gives new ones to what is
    for fewer people than before. Raises the 404 of a video that was deleted meanwhile.
    """
    changes = edit.model_dump(exclude_none=True)
    # What is reviewed is what will be seen.
    verdict = await review(services, video.update_from_dict(changes))
    async with services.jobs.transaction() as work:
        row = await _locked(video, work)
        if edit.visibility is not None and edit.visibility is not row.visibility:
            changes["playback_epoch"] = row.playback_epoch + 1
            await rekey_when_narrowed(work, row, edit.visibility)
        if changes:
            await row.update_from_dict(changes).save(using_db=work.connection, update_fields=list(changes))
        await show(work, row, verdict)
    return await Video.get(id=video.id).select_related("owner", "current_set")


async def renew_link(services: "Services", video: Video) -> Video:
    """Give the link of an unlisted video another key; the site refuses the old one, and every read grant, at once.

    Where browsers read past us, a signed link of before opens its object until a job has given that a new key. Raises
    the 404 of a video that was deleted meanwhile.
    """
    async with services.jobs.transaction() as work:
        row = await _locked(video, work)
        row.link_key, row.playback_epoch = new_secret_id(), row.playback_epoch + 1
        await row.save(using_db=work.connection, update_fields=["link_key", "playback_epoch"])
        await work.enqueue(REKEY, subject=video.id)
    return await Video.get(id=video.id).select_related("owner", "current_set")


async def retry_video(services: "Services", video: Video) -> None:
    """Process the accepted original anew; while work is under way this changes nothing.

    Raises Problem 409 when there is no complete upload to work on, 404 when the video was deleted meanwhile.
    """
    original = await original_of(video)
    if original is None:
        raise Problem(409, "no_original", "The upload is not complete. Finish it first.")
    async with services.jobs.transaction() as work:
        await _locked(video, work)
        unfinished = Job.filter(subject=video.id, kind__in=PROCESSING, state__in=[JobState.READY, JobState.RUNNING])
        if not await unfinished.using_db(work.connection).exists():
            await work.enqueue(PROBE, {"upload": original.id}, subject=video.id)


async def cancel_processing(services: "Services", video: Video) -> None:
    """Stop all work on a video; what can be watched completely stays, and it can be tried again at any time.

    Without work under way this changes nothing. Raises the 404 of a video that was deleted meanwhile.
    """
    async with services.jobs.transaction() as work:
        # Before the video's row is locked, as the workers do it.
        await cancel(video.id, work.connection, PROCESSING)
        row = await _locked(video, work)
        await end_runs(work, row, quiet_after=2 * services.settings.core.jobs.heartbeat)


async def _locked(video: Video, work: Work) -> Video:
    rows = Video.filter(id=video.id, deleted_at__isnull=True).using_db(work.connection)
    row = await rows.select_for_update().get_or_none()
    if row is None:
        raise not_found()
    return row


class Keeping:
    """The jobs that clean up."""

    def __init__(self, services: "Services") -> None:
        self._services = services

    def kinds(self) -> list[JobKind]:
        """The kinds of job of this room."""
        return [
            JobKind(ERASE, self._erase, try_later),
            JobKind(RETIRE, self._retire, try_later),
            JobKind(EXPIRE, self._expire, try_later),
            JobKind(ANNOUNCE, self._announce),
        ]

    async def _erase(self, context: JobContext) -> None:
        """Remove everything of a deleted video: objects first, so that after a crash the row is there to go on from."""
        if not await begin_to_erase(context):
            return
        video_id = str(context.job.subject)
        # Of an accepted one, too, for storages remember what they completed; one it was moved to knows nothing of it.
        for upload in await Upload.filter(video_id=video_id):
            await self._services.storages[upload.storage].abort_upload(upload.target)
        for root in (VIDEO_ROOT, ORIGINAL_ROOT):
            await self._delete_below(StorageKey(f"{root}/{video_id}"))
        await end_erasing(self._services, context)

    async def _retire(self, context: JobContext) -> None:
        """Remove a set that is no longer the current one, wherever a move has brought it by now."""
        async with context.finishing() as work:
            rows = RenditionSet.filter(id=context.job.payload["set"]).using_db(work.connection)
            old = await rows.select_for_update().get_or_none()
            if old is not None and not await Video.filter(current_set_id=old.id).using_db(work.connection).exists():
                await abandon_set(work, old)

    async def _expire(self, context: JobContext) -> None:
        """Forget an upload that was not finished in time, or was cancelled; its draft video goes with it."""
        upload = await Upload.get_or_none(id=context.job.payload["upload"])
        if upload is None:
            return
        # The row first: a completion that is under way then finds the upload closed, and not its parts gone.
        await Upload.filter(id=upload.id, state=UploadState.OPEN).update(state=UploadState.ABORTED)
        closed = await Upload.get_or_none(id=upload.id)
        if closed is None or closed.state is UploadState.ACCEPTED:
            return
        storage = self._services.storages[upload.storage]
        await storage.abort_upload(upload.target)
        # A completion that came too late, or died half-way, has left an object.
        await storage.delete([StorageKey(upload.key)])
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
        """Remove what lies below a prefix from every storage: while it is moved, there is a copy in two."""
        for storage in self._services.storages.values():
            if keys := [found.key async for found in storage.list(prefix)]:
                await storage.delete(keys)


async def sweep_workspaces(services: "Services") -> None:
    """Remove work folders that processes which no longer run left behind: those of jobs that have ended."""
    for folder in (services.settings.data_dir.resolve() / "work").glob("*-*"):
        job = await Job.get_or_none(id=folder.name.partition("-")[0])
        if job is None or job.state in (JobState.DONE, JobState.FAILED, JobState.CANCELLED):
            shutil.rmtree(folder, ignore_errors=True)
