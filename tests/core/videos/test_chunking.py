"""Chunks tile the video, on its cuts, as long as the settings say, and as many as the workers can use."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.settings import ChunkSettings
from core.transcoding import Chunk, Plan
from core.videos.chunking import chunks_of
from tests.core.videos.plans import a_plan

SETTINGS = ChunkSettings(shortest=10, longest=20)
SECONDS = st.floats(0.1, 4000)
SLOTS = st.integers(1, 64)


def cut(plan: Plan, slots: int = 1, cuts: tuple[int, ...] | None = None, *, sound: bool = True) -> list[Chunk]:
    return chunks_of(plan, cuts, slots, SETTINGS, sound=sound)


def lengths(plan: Plan, chunks: list[Chunk]) -> list[float]:
    """Return the seconds of each chunk."""
    begins = [chunk.cuts[0] for chunk in chunks]
    return [float((after - before) / plan.frame_rate) for before, after in pairwise([*begins, plan.frames])]


@st.composite
def irregular_cuts(draw: st.DrawFn, frames: int) -> tuple[int, ...]:
    """Return cuts where somebody else's encoder has put its keyframes."""
    cuts = [0]
    while cuts[-1] < frames:
        cuts.append(cuts[-1] + draw(st.integers(15, 300)))
    return tuple(cuts[:-1])


@given(SECONDS, SLOTS, st.data())
def test_chunks_tile_the_cuts_in_order(seconds: float, slots: int, data: st.DataObject) -> None:
    plan = a_plan(min(seconds, 300))
    cuts = data.draw(st.none() | irregular_cuts(plan.frames))
    chunks = cut(plan, slots, cuts)
    expected = cuts or tuple(range(0, plan.frames, plan.segment_frames))
    assert tuple(frame for chunk in chunks for frame in chunk.cuts) == expected
    assert [chunk.index for chunk in chunks] == list(range(len(chunks)))
    assert [chunk.end for chunk in chunks] == [chunk.cuts[0] for chunk in chunks[1:]] + [None]
    assert [chunk.first_segment for chunk in chunks] == [expected.index(chunk.cuts[0]) for chunk in chunks]


@given(SECONDS, SLOTS, st.data())
def test_no_chunk_is_shorter_than_allowed_nor_twice_as_long(seconds: float, slots: int, data: st.DataObject) -> None:
    plan = a_plan(seconds)
    cuts = data.draw(st.none() | irregular_cuts(plan.frames)) if seconds < 300 else None
    found = lengths(plan, cut(plan, slots, cuts))
    assert len(found) == 1 or min(found) >= SETTINGS.shortest
    assert max(found) <= 2 * SETTINGS.longest


@pytest.mark.slow
@given(SECONDS, SLOTS)
def test_more_places_are_never_fewer_chunks(seconds: float, slots: int) -> None:
    plan = a_plan(seconds)
    assert len(cut(plan, slots)) <= len(cut(plan, slots + 1))


@given(SECONDS, SLOTS, st.booleans())
def test_sound_is_in_the_chunk_that_is_the_whole_and_in_no_other(seconds: float, slots: int, sound: bool) -> None:  # noqa: FBT001 - hypothesis passes it
    chunks = cut(a_plan(seconds), slots, sound=sound)
    assert [chunk.with_sound for chunk in chunks] == [sound and len(chunks) == 1] * len(chunks)


def test_many_places_cut_as_short_as_allowed_and_few_as_long() -> None:
    plan = a_plan(600)
    assert len(cut(plan, 1)) == 30
    assert 45 <= len(cut(plan, 1000)) <= 60


def test_file_of_no_announced_length_is_one_chunk() -> None:
    assert cut(a_plan(0), 8) == [Chunk(index=0, first_segment=0, cuts=(0,), end=None, with_sound=True)]
