"""Cuts a video into chunks that several workers encode at the same time. Pure: rows and files are not looked at."""

import itertools
import math
from bisect import bisect_left
from collections.abc import Sequence

from core.settings import ChunkSettings
from core.transcoding import Chunk, Plan

_ROUNDING = 1e-6
_CHUNKS_A_SLOT = 3
"""So that workers of different speed end at about the same time."""


def chunks_of(
    plan: Plan, cuts: Sequence[int] | None, slots: int, settings: ChunkSettings, *, sound: bool
) -> list[Chunk]:
    """Return the chunks of a video, in playing order: whole segments, of about equal length, none shorter than allowed.

    `cuts` are the frames that begin its segments, None for a regular grid; `slots` is how many chunks the workers
    encode at once, 0 where the video has to be in one piece. A video that is one chunk has its `sound` in it.
    """
    cuts = tuple(cuts or range(0, plan.frames, plan.segment_frames or plan.frames))
    firsts = _firsts(plan, cuts, _count(float(plan.frames / plan.frame_rate), slots, settings), settings.shortest)
    return [
        Chunk(
            index=index,
            first_segment=first,
            cuts=cuts[first:last],
            end=cuts[last] if last < len(cuts) else None,
            with_sound=sound and len(firsts) == 2,
        )
        for index, (first, last) in enumerate(itertools.pairwise(firsts))
    ]


def _firsts(plan: Plan, cuts: Sequence[int], most: int, shortest: float) -> list[int]:
    """Return the number of the segment that begins each of at most `most` chunks, and after the last one of all."""
    for count in range(min(len(cuts), most), 1, -1):
        # The cut that is nearest: segments of a copy are not equally long.
        ideal = [plan.frames * index / count for index in range(count)]
        firsts = [0, *(_nearest(cuts, frame) for frame in ideal[1:])]
        frames = [*(cuts[first] for first in firsts), max(plan.frames, cuts[-1])]
        if min(end - begin for begin, end in itertools.pairwise(frames)) >= shortest * plan.frame_rate:
            return [*firsts, len(cuts)]
    return [0, len(cuts)]


def _nearest(cuts: Sequence[int], frame: float) -> int:
    after = min(bisect_left(cuts, frame), len(cuts) - 1)
    return after - 1 if after and frame - cuts[after - 1] < cuts[after] - frame else after


def _count(seconds: float, slots: int, settings: ChunkSettings) -> int:
    if not slots:
        return 1
    # Every chunk costs a start and a second of decoding before its first picture; one that is lost costs its length.
    length = min(max(seconds / (_CHUNKS_A_SLOT * slots), settings.shortest), settings.longest)
    if slots == 1:
        length = settings.longest
    return max(1, math.ceil(seconds / length - _ROUNDING))
