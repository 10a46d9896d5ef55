"""Files of the right names, lengths and sizes that hold no media, for the transcoder that takes no time."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from core.api import Chunk, EncodedRendition, EncodedSet, Grown, Plan, Report, Rung, Segment, Sheet, Sound

SEGMENT_FRAMES = 120
CPU_SECONDS = 0.25
_SEGMENT_BYTES = 1000
_JPEG = b"\xff\xd8\xff "


def whole(plan: Plan) -> Chunk:
    """Return the chunk that is everything, with the sound."""
    cuts = tuple(range(0, plan.frames, plan.segment_frames))
    return Chunk(index=0, first_segment=0, cuts=cuts, end=None, with_sound=bool(plan.sounds))


def pictures(plan: Plan, chunk: Chunk) -> list[EncodedRendition]:
    """Return the rungs of a chunk; no file is written yet."""
    ends = [*chunk.cuts, chunk.end or plan.frames]
    return [_rung(rung, plan, chunk.first_segment, [b - a for a, b in pairwise(ends)]) for rung in plan.rungs]


def sounds(plan: Plan) -> list[EncodedRendition]:
    """Return the sound tracks, in their whole length; no file is written yet."""
    ends = [*range(0, plan.frames, plan.segment_frames), plan.frames]
    return [_sound(sound, plan, [b - a for a, b in pairwise(ends)]) for sound in plan.sounds]


async def write(
    folder: Path, renditions: Sequence[EncodedRendition], chunk: Chunk, plan: Plan, report: Report, grown: Grown
) -> EncodedSet:
    """Write segment by segment, each of all renditions, and tell of each; then the posters and sheets of the chunk."""
    for rendition in renditions:
        (folder / rendition.init).write_bytes(b"init of " + rendition.name.encode())
    count = max((len(rendition.segments) for rendition in renditions), default=0)
    for number in range(count):
        for segment in (r.segments[number] for r in renditions if number < len(r.segments)):
            (folder / segment.name).write_bytes(segment.name.encode().ljust(segment.size, b"."))
        await report((number + 1) / (count + 1))
        await grown(_so_far(renditions, number + 1))
    posters, sheets = tuple(_posters(plan, chunk)), tuple(_sheets(plan, chunk))
    for name in [*posters, *(sheet.name for sheet in sheets)]:
        (folder / name).write_bytes(_JPEG + name.encode())
    await report(1.0)
    whole = _so_far(renditions, count)
    seconds = whole.duration or float((_end(plan, chunk) - chunk.cuts[0]) / plan.frame_rate)
    return whole.model_copy(
        update={"duration": seconds, "posters": posters, "sheets": sheets, "cpu_seconds": CPU_SECONDS}
    )


def _so_far(renditions: Sequence[EncodedRendition], count: int) -> EncodedSet:
    parts = tuple(r.model_copy(update={"segments": r.segments[:count]}) for r in renditions)
    return EncodedSet(renditions=parts, duration=max((sum(s.duration for s in r.segments) for r in parts), default=0))


def _rung(rung: Rung, plan: Plan, first: int, frames: list[int]) -> EncodedRendition:
    return _rendition(rung.name, plan, first, frames).model_copy(
        update={"kind": "video", "codecs": "avc1.64001f", "width": rung.width, "height": rung.height,
                "frame_rate": float(plan.frame_rate)}
    )  # fmt: skip


def _sound(sound: Sound, plan: Plan, frames: list[int]) -> EncodedRendition:
    return _rendition(sound.name, plan, 0, frames).model_copy(update={"language": sound.language})


def _rendition(name: str, plan: Plan, first: int, frames: list[int]) -> EncodedRendition:
    segments = tuple(
        Segment(name=f"{name}_{first + i:05}.m4s", duration=float(length / plan.frame_rate), size=_SEGMENT_BYTES)
        for i, length in enumerate(frames)
    )
    return EncodedRendition(
        name=name,
        kind="audio",
        codecs="mp4a.40.2",
        peak_bandwidth=max(round(8 * segment.size / segment.duration) for segment in segments),
        average_bandwidth=round(8 * sum(s.size for s in segments) / sum(s.duration for s in segments)),
        width=None,
        height=None,
        frame_rate=None,
        init=f"{name}_init.mp4",
        segments=segments,
    )


def _end(plan: Plan, chunk: Chunk) -> int:
    return chunk.end or max(plan.frames, chunk.cuts[-1] + 1)


def _posters(plan: Plan, chunk: Chunk) -> list[str]:
    moments = enumerate((35, 10, 65), start=1)
    return [
        f"poster_{number}.jpg"
        for number, percent in moments
        if chunk.cuts[0] <= plan.frames * percent // 100 < _end(plan, chunk)
    ]


def _sheets(plan: Plan, chunk: Chunk) -> list[Sheet]:
    if plan.storyboard is None:
        return []
    distance = plan.storyboard.interval * plan.frame_rate
    first, end = (int((frame - 1) // distance) + 1 for frame in (chunk.cuts[0], _end(plan, chunk)))
    size = plan.storyboard.columns * plan.storyboard.rows
    return [
        Sheet(name=f"storyboard_{number:05}.jpg", first=number, pictures=min(size, end - number))
        for number in range(first, end, size)
    ]
