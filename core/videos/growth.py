"""A set that is watched while it is made: rows of renditions that get longer, chunk by chunk from the first one on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tortoise.backends.base.client import BaseDBAsyncClient

from core.models import EncodedPart, Rendition, RenditionSet
from core.transcoding import Chunk, EncodedRendition, EncodedSet, Plan, Segment
from core.videos.joining import SOUNDS, chunk_name, extended
from core.videos.playback import rounded
from core.videos.runs import Run

_LEAST_GROWTH = 1.05
_SOUND_FRAME = 0.1
"""Seconds, and more than one lasts in any coding that is kept."""


@dataclass(frozen=True, slots=True)
class Partial:
    """What a chunk that is still being encoded has so far."""

    chunk: Chunk
    encoded: EncodedSet


async def grow(
    connection: BaseDBAsyncClient, run: Run, plan: Plan, storage: str, partial: Partial | None = None
) -> RenditionSet | None:
    """Let the set of a run hold every whole chunk from the first one on, and what there is of the next.

    What it holds stays as it is, also where another attempt at a chunk makes the same segments under other names:
    players know it by now (RFC 8216, 6.2.1). Returns the set, None while there is too little to begin with. The
    video's row is locked.
    """
    row = await RenditionSet.filter(prefix=run.prefix).using_db(connection).get_or_none()
    target = row.target_duration if row else announced_target(plan)
    shown = row.chunks if row else 0
    parts = await _whole_chunks(run, shown, target, connection)
    begun = partial.encoded if partial and partial.chunk.index == shown + len(parts) else None
    tail = [*parts, *([begun] if begun and fits(begun, target) else [])]
    reach = sum(map(_segment_count, tail)) + (row.whole_segments if row else 0)
    if not worth_telling(row.segments if row else 0, reach):
        return row
    if row is None:
        sounds = await _sounds(run, plan, tail[0], connection)
        if sounds is None:
            return None
        row = await create_set(connection, run, plan, storage, target=target)
        await write_renditions(connection, row, sounds, ended=False)
        row.size = sum(segment.size for sound in sounds for segment in sound.segments)
    await _extend(connection, row, parts, tail)
    return row


def worth_telling(shown: int, reach: int) -> bool:
    """Tell whether a set that shows so many segments is to be written anew with as many as there are.

    The first at once. Then it has to get longer by a part of itself, because all of it is written each time: what is
    written in all stays below a fixed multiple of the whole, however long that is.
    """
    return reach > shown and reach >= shown * _LEAST_GROWTH


def announced_target(plan: Plan) -> int:
    """Return the target duration of playlists that grow, in seconds: it must hold for every segment to come.

    Sound is cut between frames of its own, so its segments may be longer by one of them.
    """
    frames = min(plan.segment_frames or plan.frames, plan.frames)
    return max(1, rounded(float(frames / plan.frame_rate) + _SOUND_FRAME))


def fits(encoded: EncodedSet, target: int) -> bool:
    """Tell whether no segment is longer than was announced; one that is waits until the set is complete.

    RFC 8216 lets nothing but further segments be added to a playlist that grows (6.2.1).
    """
    durations = (segment.duration for rendition in encoded.renditions for segment in rendition.segments)
    return all(rounded(duration) <= target for duration in durations)


async def create_set(
    connection: BaseDBAsyncClient, run: Run, plan: Plan, storage: str, *, target: int = 0
) -> RenditionSet:
    """Add an empty set that is growing; its playlists announce `target` seconds, 0 where they are whole at once."""
    return await RenditionSet.create(
        using_db=connection,
        video_id=run.video_id,
        upload_id=run.upload_id,
        storage=storage,
        prefix=run.prefix,
        complete=False,
        growing=True,
        plan=plan.model_dump(mode="json"),
        duration=plan.info.duration,
        target_duration=target,
    )


async def write_renditions(
    connection: BaseDBAsyncClient, row: RenditionSet, renditions: Iterable[EncodedRendition], *, ended: bool
) -> None:
    """Add renditions to a set, in place of those that have the same names."""
    new = list(renditions)
    old = Rendition.filter(rendition_set_id=row.id, name__in=[each.name for each in new]).using_db(connection)
    await old.delete()
    await Rendition.bulk_create([_row(row, each, ended=ended) for each in new], using_db=connection)


def _row(row: RenditionSet, rendition: EncodedRendition, *, ended: bool) -> Rendition:
    segments = [[segment.name, segment.duration, segment.size] for segment in rendition.segments]
    fields = rendition.model_dump(exclude={"segments"})
    return Rendition(rendition_set_id=row.id, segments=segments, ended=ended, **fields)


async def _whole_chunks(run: Run, first: int, target: int, connection: BaseDBAsyncClient) -> list[EncodedSet]:
    found: list[EncodedSet] = []
    parts = EncodedPart.filter(run=run.id).using_db(connection)
    while part := await parts.get_or_none(name=chunk_name(first + len(found))):
        encoded = EncodedSet.model_validate(part.encoded)
        if not fits(encoded, target):
            break
        found.append(encoded)
    return found


async def _sounds(
    run: Run, plan: Plan, first: EncodedSet, connection: BaseDBAsyncClient
) -> Sequence[EncodedRendition] | None:
    """Return the sounds that are made apart from the first chunk, None while they are not there yet."""
    if not plan.sounds or any(rendition.kind == "audio" for rendition in first.renditions):
        return ()
    part = await EncodedPart.filter(run=run.id, name=SOUNDS).using_db(connection).get_or_none()
    return EncodedSet.model_validate(part.encoded).renditions if part else None


def _segment_count(one: EncodedSet) -> int:
    return min((len(each.segments) for each in one.renditions if each.kind == "video"), default=0)


async def _extend(
    connection: BaseDBAsyncClient, row: RenditionSet, parts: Sequence[EncodedSet], tail: Sequence[EncodedSet]
) -> None:
    rows = {each.name: each for each in await Rendition.filter(rendition_set_id=row.id).using_db(connection)}
    longer = []
    for rendition in tail[0].renditions:
        known = rows.get(rendition.name)
        shown = _segments(known) if known else ()
        told = [segment for one in tail for segment in _segments_of(one, rendition.name)]
        added = told[len(shown) - row.whole_segments :]
        first = {"segments": shown, "init": known.init if known else rendition.init}
        longer.append(extended(rendition.model_copy(update=first), len(shown), added))
        row.size += sum(segment.size for segment in added)
    await write_renditions(connection, row, longer, ended=False)
    row.segments = row.whole_segments + sum(map(_segment_count, tail))
    row.chunks += len(parts)
    row.whole_segments += sum(map(_segment_count, parts))
    row.poster = row.poster or next((poster for part in parts for poster in part.posters), None)
    changed = ["chunks", "segments", "whole_segments", "poster", "size"]
    await row.save(using_db=connection, update_fields=changed)


def _segments(known: Rendition) -> tuple[Segment, ...]:
    return tuple(Segment(name=name, duration=seconds, size=size) for name, seconds, size in known.segments)


def _segments_of(one: EncodedSet, name: str) -> tuple[Segment, ...]:
    return next((each.segments for each in one.renditions if each.name == name), ())
