"""Processing from end to end: look at an accepted upload, have it copied and encoded, put the parts together."""

from dataclasses import replace
from typing import TYPE_CHECKING

from core.faults import fault_point
from core.jobs import JobContext, JobFailed, JobKind, Work
from core.jobs.roll import slots_in_all
from core.jobs.table import cancel
from core.models import EncodedPart, Job, Video
from core.transcoding import Reason
from core.videos.attempts import Attempt, reasons
from core.videos.encode import Encoding
from core.videos.joining import PartsDisagree, joined
from core.videos.pieces import enqueue_chunks
from core.videos.publish import ANNOUNCE, RETIRE_SECONDS, Made, complete_set, review
from core.videos.replacing import drop_older
from core.videos.runs import CHUNK, COPY, FINISH, PROBE, PROCESSING, SOUND, SWEEP, Run, end_runs, locked_video, plan_of
from core.videos.sweeping import sweep_run

if TYPE_CHECKING:
    from core.services import Services

_LATER_SECONDS = 3600


class Processing:
    """The kinds of job. Each may die anywhere and run again: what it leaves is found by the job's id and swept."""

    def __init__(self, services: "Services") -> None:
        self._services = services

    def kinds(self) -> list[JobKind]:
        """The kinds of job of this room."""
        encoding = Encoding(self._services)
        return [
            JobKind(PROBE, self._probe, self._failed),
            JobKind(COPY, encoding.copy, self._failed),
            JobKind(SOUND, encoding.sound, self._failed),
            JobKind(CHUNK, encoding.chunk, self._failed, heavy=True),
            JobKind(FINISH, self._finish, self._failed),
            JobKind(SWEEP, self._sweep, try_later),
        ]

    async def _probe(self, context: JobContext) -> None:
        """Say what the file is and plan what is made of it."""
        transcoder, attempt = self._services.transcoder, Attempt(self._services, context)
        with reasons():
            async with attempt.original() as source:
                plan = transcoder.plan(await transcoder.probe(source))
        context.note(why=f"encode: {plan.copy_refused}" if plan.copy_refused else "copy: browsers play it as it is")
        fault_point("probe:planned")
        slots = await slots_in_all()
        run = replace(attempt.run, storage=self._services.storage.name)
        async with context.finishing() as work:
            video = await locked_video(work.connection, run.video_id)
            video.plan = plan.model_dump(mode="json")
            await video.save(using_db=work.connection, update_fields=["plan"])
            if plan.copy_refused is None:
                await run.enqueue(work, COPY)
            else:
                chunks = self._services.settings.core.chunks
                await enqueue_chunks(work, run, plan, chunks, slots=slots)

    async def _finish(self, context: JobContext) -> None:
        """Put the parts together: from now on the video is complete."""
        run = Run.of(context.job)
        plan = await plan_of(run.video_id)
        parts = {part.name: part for part in await EncodedPart.filter(run=run.id)}
        try:
            encoded = joined(plan, parts)
        except PartsDisagree as error:
            raise JobFailed(Reason.DAMAGED, str(error)) from error
        verdict = await review(self._services, await Video.get(id=run.video_id))
        sizes = {name: size for part in parts.values() for name, size in part.sizes.items()}
        context.note(cpu_seconds=round(encoded.cpu_seconds, 2), parts=len(parts))
        async with context.finishing() as work:
            video = await locked_video(work.connection, run.video_id)
            watched = await complete_set(work, video, Made(run, plan, encoded, sizes), verdict)
            await drop_older(work, run)
            # At once, and again when workers that were frozen have found out that nobody waits for them. But somebody
            # may play what is no part of the set any more: a copy off the grid, or what a worker made that died.
            quiet = 2 * self._services.settings.core.jobs.lease
            for delay in [RETIRE_SECONDS] if watched else [0, quiet]:
                await run.enqueue(work, SWEEP, delay=delay)

    async def _sweep(self, context: JobContext) -> None:
        await sweep_run(self._services, str(context.job.subject), context.job.payload["run"])

    async def _failed(self, job: Job, work: Work) -> None:
        await work.enqueue(ANNOUNCE, {"hook": "processing_failed", "job": job.id}, subject=job.subject)
        # Before the video's row is locked: who finishes a job has that one first, too.
        await cancel(str(job.subject), work.connection, PROCESSING)
        video = await Video.filter(id=job.subject).using_db(work.connection).select_for_update().get_or_none()
        if video is not None:
            await end_runs(work, video, quiet_after=2 * self._services.settings.core.jobs.heartbeat)


async def try_later(job: Job, work: Work) -> None:
    """Go on as long as it takes: a storage that is away must not keep what nobody needs."""
    await work.enqueue(job.kind, job.payload, subject=job.subject, delay=_LATER_SECONDS)
