"""The jobs that make what is watched: copy the source, encode its chunks and sound. Each ends as a part of its run."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from core.faults import fault_point
from core.jobs import JobContext, Work
from core.jobs.roll import slots_in_all
from core.models import EncodedPart, Video
from core.moderation import Verdict
from core.transcoding import Chunk, EncodedSet, MediaRejected, Plan, Reason, Report
from core.videos.attempts import Attempt, InitDigests, init_digests, reasons
from core.videos.growth import Partial, create_set, grow, write_renditions
from core.videos.joining import COPIED, SOUNDS, chunk_name
from core.videos.pieces import enqueue_chunks, in_one_piece, without_copy
from core.videos.publish import review, show_set
from core.videos.runs import CHUNK, COPY, FINISH, SOUND, Run, locked_video, plan_of

if TYPE_CHECKING:
    from core.services import Services

log = structlog.get_logger()


class Encoding:
    """The steps between the plan and the complete set."""

    def __init__(self, services: "Services") -> None:
        self._services = services
        self._chunks = services.settings.core.chunks

    async def copy(self, context: JobContext) -> None:
        """Offer the source itself, which browsers play; what is left to encode follows."""
        attempt, plan = Attempt(self._services, context), await plan_of(str(context.job.subject))
        copied: EncodedSet | None = None
        digests: InitDigests = {}
        with reasons():
            async with attempt.making() as (source, folder):
                try:
                    made = await self._services.transcoder.copy(source, plan, folder, _most_of(context))
                    digests = await init_digests(made, folder)
                    fault_point(f"{COPY}:encoded")
                    copied = await attempt.store(made, folder)
                except MediaRejected as error:
                    # Copyable by its headers and not by its packets; decoding it may still work.
                    context.note(why=f"encode: {error.reason}: {error.detail}", rejected=error.reason)
                    log.info("copy_rejected", reason=error.reason, detail=error.detail)
        fault_point(f"{COPY}:stored")
        verdict, slots = await self._verdict(attempt.run), await slots_in_all()
        async with context.finishing() as work:
            if copied:
                _note_effort(context, attempt, copied)
                await self._show_copy(work, attempt, plan, copied, verdict)
                await attempt.save_part(work.connection, COPIED, copied, digests)
            await enqueue_chunks(work, attempt.run, plan, self._chunks, slots=slots, copied=copied)

    async def _show_copy(self, work: Work, attempt: Attempt, plan: Plan, copied: EncodedSet, verdict: Verdict) -> None:
        video = await locked_video(work.connection, attempt.run.video_id)
        row = await create_set(work.connection, attempt.run, plan, attempt.storage)
        await write_renditions(work.connection, row, copied.renditions, ended=True)
        row.poster, row.size = next(iter(copied.posters), None), attempt.stored_bytes
        row.duration = copied.duration
        await row.save(using_db=work.connection, update_fields=["poster", "size", "duration"])
        await show_set(work, video, row, verdict)

    async def sound(self, context: JobContext) -> None:
        """Encode the sound of a video whose pictures are encoded in chunks."""
        attempt, plan = Attempt(self._services, context), await plan_of(str(context.job.subject))
        with reasons():
            async with attempt.making() as (source, folder):
                made = await self._services.transcoder.encode_sound(source, plan, folder, _most_of(context))
                fault_point(f"{SOUND}:encoded")
                digests, stored = await init_digests(made, folder), await attempt.store(made, folder)
        await self._end_part(context, attempt, SOUNDS, stored, digests)

    async def chunk(self, context: JobContext) -> None:
        """Encode a chunk; while it is the next to be watched, what is ready of it is shown."""
        attempt, plan = Attempt(self._services, context), await plan_of(str(context.job.subject))
        chunk = Chunk.model_validate(context.job.payload["chunk"])
        left = plan.below_the_top() if context.job.payload["below_the_top"] else plan

        async def grown(encoded: EncodedSet, folder: Path) -> None:
            await self._grow(context, attempt, plan, Partial(chunk, await attempt.store(encoded, folder)))

        with reasons():
            try:
                async with attempt.making() as (source, folder):
                    encode = self._services.transcoder.encode
                    seen = partial(grown, folder=folder)
                    made = await encode(source, left, chunk, folder, _most_of(context), seen)
                    fault_point(f"{CHUNK}:encoded")
                    if made.complaint and await EncodedPart.exists(run=attempt.run.id, name=COPIED):
                        await without_copy(context, self._chunks, plan, made.complaint)
                        return
                    digests, stored = await init_digests(made, folder), await attempt.store(made, folder)
            except MediaRejected as error:
                if error.reason is not Reason.DAMAGED or (chunk.index == 0 and chunk.end is None):
                    raise
                await in_one_piece(context, self._chunks, plan, error)
                return
        await self._end_part(context, attempt, chunk_name(chunk.index), stored, digests)

    async def _grow(self, context: JobContext, attempt: Attempt, plan: Plan, partial: Partial) -> None:
        if not await self._is_shown(context):
            return
        # Plugins are asked once, when there is enough to be watched, and not at every segment.
        first = await Video.exists(id=attempt.run.video_id, current_set_id__isnull=True)
        verdict = await self._verdict(attempt.run) if first else None
        async with context.holding() as work:
            video = await locked_video(work.connection, attempt.run.video_id)
            row = await grow(work.connection, attempt.run, plan, attempt.storage, partial)
            if row is not None and verdict is not None:
                await show_set(work, video, row, verdict)

    async def _is_shown(self, context: JobContext) -> bool:
        """Tell whether the run is watched while it is made: not where another version, or a copy, can be watched."""
        run = Run.of(context.job)
        video = await Video.get_or_none(id=run.video_id).select_related("current_set")
        if video is None or not context.job.payload["grows"]:
            return False
        return video.current_set is None or video.current_set.prefix == run.prefix

    async def _end_part(
        self, context: JobContext, attempt: Attempt, name: str, stored: EncodedSet, digests: InitDigests
    ) -> None:
        fault_point(f"{context.job.kind}:stored")
        _note_effort(context, attempt, stored)
        run, verdict = attempt.run, await self._verdict(attempt.run)
        plan = await plan_of(run.video_id) if await self._is_shown(context) else None
        async with context.finishing() as work:
            # Its lock lets the jobs of a run end one after another, so that exactly one is the last.
            video = await locked_video(work.connection, run.video_id)
            await attempt.save_part(work.connection, name, stored, digests)
            row = await grow(work.connection, run, plan, attempt.storage) if plan else None
            if row is not None:
                await show_set(work, video, row, verdict)
            parts = await EncodedPart.filter(run=run.id).using_db(work.connection).count()
            if parts == context.job.payload["parts"]:
                await run.enqueue(work, FINISH)

    async def _verdict(self, run: Run) -> Verdict:
        return await review(self._services, await Video.get(id=run.video_id))


def _most_of(context: JobContext) -> Report:
    """Leave the last part of the progress to the storage."""

    async def report(fraction: float) -> None:
        await context.report(fraction * 0.95)

    return report


def _note_effort(context: JobContext, attempt: Attempt, encoded: EncodedSet) -> None:
    context.note(cpu_seconds=round(encoded.cpu_seconds, 2), stored_bytes=attempt.stored_bytes, storage=attempt.storage)
