"""Chunks as tests need them: the whole, and the whole cut into runs of segments."""

from collections.abc import Sequence
from itertools import pairwise

from core.transcoding import Chunk, EncodedRendition, EncodedSet, Plan


def whole(plan: Plan, cuts: Sequence[int] | None = None) -> Chunk:
    """Return the chunk that is everything, with the sound, cut at the plan's own distances unless told where."""
    cuts = tuple(cuts or range(0, plan.frames, plan.segment_frames))
    return Chunk(index=0, first_segment=0, cuts=cuts, end=None, with_sound=bool(plan.sounds))


def chunks(plan: Plan, segments: int, cuts: Sequence[int] | None = None) -> list[Chunk]:
    """Return the same in chunks of so many segments, without the sound."""
    all_cuts = whole(plan, cuts).cuts
    starts = range(0, len(all_cuts), segments)
    ends = [*(all_cuts[start] for start in starts[1:]), None]
    return [
        Chunk(index=index, first_segment=start, cuts=all_cuts[start : start + segments], end=end, with_sound=False)
        for index, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]


def joined(parts: Sequence[EncodedSet]) -> list[EncodedRendition]:
    """Return the renditions of all chunks as one each; their initialisation segment is that of the first."""
    together = []
    for same in zip(*(part.renditions for part in parts), strict=True):
        segments = tuple(segment for rendition in same for segment in rendition.segments)
        together.append(same[0].model_copy(update={"segments": segments}))
    return together


def lengths(cuts: Sequence[int], end: int) -> list[int]:
    """Return the frames in each segment."""
    return [after - before for before, after in pairwise([*cuts, end])]
