"""A run: one processing of one original, from the probe to the complete set. Its id is that of its probe's job.

All objects of a run lie below one prefix, those of each attempt at a job in a folder of their own there; so whatever an
attempt that died has left is found, and nothing is ever written twice.
"""

from dataclasses import dataclass
from typing import Any, Self

from tortoise.backends.base.client import BaseDBAsyncClient

from core.jobs import JobFailed, Work
from core.jobs.table import cancel
from core.models import EncodedPart, Job, JobState, Rendition, RenditionSet, Video
from core.storage import StorageKey
from core.transcoding import Plan
from core.videos.access import VIDEO_ROOT

PROBE = "videos.probe"
COPY = "videos.copy"
SOUND = "videos.sound"
CHUNK = "videos.chunk"
FINISH = "videos.finish"
SWEEP = "videos.sweep_attempts"
PROCESSING = (PROBE, COPY, SOUND, CHUNK, FINISH)


@dataclass(frozen=True, slots=True)
class Run:
    """What every job of a run carries in its payload."""

    id: str
    video_id: str
    upload_id: str
    storage: str = ""
    """The storage of all its objects, chosen by the probe: another may be made the primary one in the middle of it."""

    @classmethod
    def of(cls, job: Job) -> Self:
        """Return the run that a job of PROCESSING belongs to."""
        payload = job.payload
        return cls(payload.get("run", job.id), str(job.subject), payload["upload"], payload.get("storage", ""))

    @property
    def prefix(self) -> StorageKey:
        """What the keys of all its objects begin with."""
        return StorageKey(f"{VIDEO_ROOT}/{self.video_id}/{self.id}")

    async def enqueue(self, work: Work, kind: str, *, delay: float = 0, **more: Any) -> None:
        """Add a job of this run."""
        payload = {"run": self.id, "upload": self.upload_id, "storage": self.storage, **more}
        await work.enqueue(kind, payload, subject=self.video_id, delay=delay)


async def plan_of(video_id: str) -> Plan:
    """Return the plan of a video that is being processed. Raises JobFailed when the video is gone."""
    video = await Video.get_or_none(id=video_id)
    if video is None or video.plan is None or video.deleted_at is not None:
        raise JobFailed("deleted", "the video is gone")
    return Plan.model_validate(video.plan)


async def locked_video(connection: BaseDBAsyncClient, video_id: str) -> Video:
    """Return the video's row, locked until the end of the transaction. Raises JobFailed when it is gone."""
    video = await Video.filter(id=video_id).using_db(connection).select_for_update().get_or_none()
    if video is None or video.deleted_at is not None:
        raise JobFailed("deleted", "the video was deleted while it was processed")
    return video


async def end_runs(work: Work, video: Video, *, quiet_after: float) -> None:
    """Stop all work on a video, whose row is locked; nothing that was begun goes on, and what it left is swept.

    A first version that is as long as the video stays; one that would break off in the middle is taken away, and so is
    one that nobody watches yet. What no worker may touch any more after `quiet_after` seconds is swept then.
    """
    connection = work.connection
    await cancel(video.id, connection, PROCESSING)
    for row in await RenditionSet.filter(video_id=video.id, growing=True).using_db(connection):
        if video.current_set_id == row.id and not await _breaks_off(row, connection):
            row.growing = False
            await row.save(using_db=connection, update_fields=["growing"])
            continue
        await _withdraw(video, row, connection)
    await EncodedPart.filter(video_id=video.id).using_db(connection).delete()
    jobs = Job.filter(subject=video.id, kind__in=PROCESSING).using_db(connection)
    runs = {run.id: run for run in map(Run.of, await jobs)}
    # What a complete run has left is swept in its own time: somebody may watch it still.
    complete = RenditionSet.filter(video_id=video.id, complete=True).using_db(connection)
    prefixes = {str(prefix) for prefix in await complete.values_list("prefix", flat=True)}
    for run in runs.values():
        if str(run.prefix) not in prefixes:
            await run.enqueue(work, SWEEP, delay=quiet_after)


async def forget_pieces(work: Work, video: Video, run: Run) -> None:
    """Take back the chunks of a run that goes on in one piece: who works on one finds out at its next report."""
    connection = work.connection
    pieces = Job.filter(subject=video.id, kind__in=[CHUNK, SOUND]).using_db(connection)
    unfinished = [job.id for job in await pieces.exclude(state=JobState.DONE) if Run.of(job).id == run.id]
    await Job.filter(id__in=unfinished).using_db(connection).delete()
    for row in await RenditionSet.filter(prefix=run.prefix, growing=True).using_db(connection):
        if await _breaks_off(row, connection):
            await _withdraw(video, row, connection)


async def _withdraw(video: Video, row: RenditionSet, connection: BaseDBAsyncClient) -> None:
    if video.current_set_id == row.id:
        video.current_set_id = None
        await video.save(using_db=connection, update_fields=["current_set_id"])
    await row.delete(using_db=connection)


async def _breaks_off(row: RenditionSet, connection: BaseDBAsyncClient) -> bool:
    return await Rendition.filter(rendition_set_id=row.id, ended=False).using_db(connection).exists()
