"""Gives away what is to be encoded in pieces, and begins again where these turn out to be the wrong ones."""

from functools import partial
from typing import Any

from core.jobs import JobContext, Work
from core.jobs.roll import slots_in_all
from core.jobs.table import lock_unfinished
from core.models import EncodedPart
from core.settings import ChunkSettings
from core.transcoding import EncodedSet, MediaRejected, Plan
from core.videos.chunking import chunks_of
from core.videos.joining import COPIED
from core.videos.runs import CHUNK, SOUND, Run, forget_pieces, locked_video

_IN_ORDER = 1e-6  # seconds between the due times of chunks: who comes first is shown first


async def enqueue_chunks(
    work: Work,
    run: Run,
    plan: Plan,
    settings: ChunkSettings,
    *,
    slots: int,
    copied: EncodedSet | None = None,
    shown: bool = False,
) -> None:
    """Give away what is to be encoded, all of it or what is left beside the copy; in one piece without `slots`.

    `shown` says that the run has something else that is watched until all of it is there.
    """
    cuts = copied.cuts if copied else None
    sound = bool(plan.sounds) and copied is None
    chunks = chunks_of(plan, cuts, slots, settings, sound=sound)
    apart = sound and not chunks[0].with_sound
    more: dict[str, Any] = {
        "parts": len(chunks) + int(apart) + int(copied is not None),
        "below_the_top": cuts is not None,
        "grows": copied is None and not shown,
    }
    if apart:
        await run.enqueue(work, SOUND, **more)
    for chunk in chunks:
        await run.enqueue(work, CHUNK, delay=chunk.index * _IN_ORDER, chunk=chunk.model_dump(mode="json"), **more)


async def in_one_piece(context: JobContext, settings: ChunkSettings, plan: Plan, error: MediaRejected) -> None:
    """Begin again without chunks: they need a source that can be entered anywhere, and its clock may be torn."""
    context.note(why=f"in one piece: {error.detail}")
    run = Run.of(context.job)
    async with context.finishing(partial(_lock_pieces, run)) as work:
        video = await locked_video(work.connection, run.video_id)
        parts = EncodedPart.filter(run=run.id).using_db(work.connection)
        copy = await parts.get_or_none(name=COPIED)
        await parts.exclude(name=COPIED).delete()
        await forget_pieces(work, video, run)
        copied = EncodedSet.model_validate(copy.encoded) if copy else None
        await enqueue_chunks(work, run, plan, settings, slots=0, copied=copied)


async def without_copy(context: JobContext, settings: ChunkSettings, plan: Plan, complaint: str) -> None:
    """Begin again with all rungs: the source has damage, which its decoder hides better than players do.

    The copy is watched until they are there.
    """
    context.note(why=f"without the copy: {complaint}")
    run, slots = Run.of(context.job), await slots_in_all()
    async with context.finishing(partial(_lock_pieces, run)) as work:
        video = await locked_video(work.connection, run.video_id)
        await EncodedPart.filter(run=run.id).using_db(work.connection).delete()
        await forget_pieces(work, video, run)
        await enqueue_chunks(work, run, plan, settings, slots=slots, shown=True)


async def _lock_pieces(run: Run, work: Work) -> None:
    await lock_unfinished(run.video_id, work.connection)
