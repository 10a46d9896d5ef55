"""Counts on the frame grid of a plan, in whole numbers: what lies where is the same in every chunk."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from core.api import Chunk, Plan

POSTER_MOMENTS = (10, 35, 65)
"""Where a poster is taken, in percent of the video; the first is the best guess, past titles and before the end."""

_CANDIDATES = 8
_FEWEST = 2  # ffmpeg compares no fewer
_STEP = 6
_SHARE = 4
"""A poster's pictures come from a quarter of the video at most, so that three never overlap."""


@dataclass(frozen=True, slots=True)
class PosterMoment:
    """Which frames are looked at for one poster: `pictures` of them from `first` on, each `step` after the last."""

    number: int
    first: int
    pictures: int
    step: int

    @property
    def last(self) -> int:
        return self.first + (self.pictures - 1) * self.step


COPY_POSTER = PosterMoment(number=1, first=0, pictures=25, step=1)
"""Of the glimpse that is decoded beside a copy."""


def is_whole(chunk: Chunk) -> bool:
    return chunk.cuts[0] == 0 and chunk.end is None


def end_of(plan: Plan, chunk: Chunk) -> int:
    """Return the frame after the chunk's last, as far as the announced duration is right."""
    return chunk.end if chunk.end is not None else max(plan.frames, chunk.cuts[-1] + 1)


def reaches_end(chunk: Chunk) -> bool:
    """Tell whether the end of the source ends the chunk."""
    return chunk.end is None


def length_of(plan: Plan, chunk: Chunk) -> float:
    """Return the chunk's length in seconds."""
    return float((end_of(plan, chunk) - chunk.cuts[0]) / plan.frame_rate)


def segment_seconds(plan: Plan) -> float:
    """Return the length of a segment where nothing else says where to cut."""
    return float(plan.segment_frames / plan.frame_rate)


def longest_segment(plan: Plan, chunk: Chunk) -> int:
    """Return the frames of the longest segment that is asked for."""
    return max(end - cut for cut, end in pairwise([*chunk.cuts, end_of(plan, chunk)]))


def is_regular(plan: Plan, chunk: Chunk) -> bool:
    """Tell whether a keyframe every so many frames gives exactly the chunk's cuts."""
    return chunk.cuts == tuple(range(chunk.cuts[0], end_of(plan, chunk), plan.segment_frames))


def picture_distance(plan: Plan) -> Fraction:
    """Return the frames from one picture of the storyboard to the next; perhaps no whole number."""
    if plan.storyboard is None:
        raise ValueError("the plan has no storyboard")
    return plan.storyboard.interval * plan.frame_rate


def pictures_before(plan: Plan, frame: int) -> int:
    """Return how many pictures of the storyboard lie before a frame; each is the first frame at or after its time."""
    return int((frame - 1) // picture_distance(plan)) + 1


def poster_moments(plan: Plan, chunk: Chunk) -> list[PosterMoment]:
    """Return the posters whose moment lies in the chunk."""
    pictures = max(_FEWEST, min(_CANDIDATES, plan.frames // _SHARE))
    step = max(1, min(_STEP, plan.frames // (_SHARE * pictures)))
    begin, end = chunk.cuts[0], end_of(plan, chunk)
    moments = []
    enough = plan.frames >= _SHARE * _FEWEST
    for number, percent in enumerate(POSTER_MOMENTS if enough else POSTER_MOMENTS[:1], start=1):
        first = plan.frames * percent // 100
        if begin <= first < end:
            first = max(begin, min(first, end - pictures * step))
            moments.append(PosterMoment(number, first, pictures, step))
    return moments
