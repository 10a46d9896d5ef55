"""What the jobs of a run have made becomes one set that plays from end to end, or is refused."""

import pytest

from core.models import EncodedPart
from core.testing.chunks import chunks, whole
from core.transcoding import EncodedSet, Plan
from core.videos.joining import PartsDisagree, chunk_name, joined
from tests.core.videos.plans import a_plan, chunk_part, copy_part, empty_part, sound_part


def run_of(plan: Plan, *more: EncodedPart, segments: int = 5) -> dict[str, EncodedPart]:
    """Return the parts of a run in chunks of so many segments, in the order in which they ended: the last one first."""
    parts = [*more, *(chunk_part(plan, chunk) for chunk in reversed(chunks(plan, segments)))]
    return {part.name: part for part in parts}


def seconds(made: EncodedSet) -> dict[str, float]:
    return {each.name: sum(segment.duration for segment in each.segments) for each in made.renditions}


def test_chunks_follow_each_other_in_order_whoever_ended_first() -> None:
    plan = a_plan(60)
    made = joined(plan, run_of(plan, sound_part(plan)))
    assert seconds(made) == {"720p": 60, "360p": 60, "audio_0": 60}
    for rung in made.renditions[:2]:
        assert [segment.name.rpartition("_")[2] for segment in rung.segments] == [f"{n:05}.m4s" for n in range(15)]
        assert {segment.name.partition("/")[0] for segment in rung.segments} == {chunk_name(n) for n in range(3)}
        assert rung.peak_bandwidth >= rung.average_bandwidth > 0
    assert made.posters == tuple(f"{chunk_name(n)}/a.jpg" for n in range(3))


def test_copy_on_the_grid_is_the_top_rung_and_brings_the_sound() -> None:
    plan = a_plan(60, languages=("eng", "deu"))
    made = joined(plan, run_of(plan.below_the_top(), copy_part(plan, tuple(range(0, 1800, 120)))))
    assert [each.name for each in made.renditions] == ["720p", "audio_0", "audio_1", "360p"]
    assert [each.language for each in made.renditions if each.kind == "audio"] == ["eng", "deu"]


def test_copy_off_the_grid_leaves_only_its_sound() -> None:
    plan = a_plan(60)
    made = joined(plan, run_of(plan, copy_part(plan, None)))
    assert {each.name: each.segments[0].name.partition("/")[0] for each in made.renditions} == {
        "audio_0": "copy", "720p": "chunk-00000", "360p": "chunk-00000",
    }  # fmt: skip


def test_copy_may_be_the_only_rung() -> None:
    plan = a_plan(60).model_copy(update={"rungs": a_plan().rungs[:1]})
    made = joined(plan, run_of(plan.below_the_top(), copy_part(plan, tuple(range(0, 1800, 120)))))
    assert seconds(made) == {"720p": 60, "audio_0": 60}


def test_video_without_sound_has_none() -> None:
    plan = a_plan(60, languages=())
    assert seconds(joined(plan, run_of(plan))) == {"720p": 60, "360p": 60}


def test_chunk_behind_the_end_of_the_pictures_is_left_out() -> None:
    plan = a_plan(61.5)  # announced by a container that counts roughly
    parts = run_of(plan, sound_part(plan))
    parts[chunk_name(3)] = empty_part(3)
    assert seconds(joined(plan, parts))["720p"] == 60


@pytest.mark.parametrize("lost", [0, 1])
def test_chunk_without_pictures_that_others_follow_is_a_gap(lost: int) -> None:
    plan = a_plan(60)
    parts = run_of(plan, sound_part(plan))
    parts[chunk_name(lost)] = empty_part(lost)
    with pytest.raises(PartsDisagree):
        joined(plan, parts)


def test_file_that_ends_long_before_it_should_is_refused() -> None:
    plan = a_plan(60, languages=())
    parts = run_of(plan)
    parts |= {chunk_name(index): empty_part(index) for index in (1, 2)}
    with pytest.raises(PartsDisagree, match=r"ends after 20\.0 of 60\.0 seconds"):
        joined(plan, parts)


def test_chunks_of_different_parameters_are_refused() -> None:
    plan = a_plan(60)
    parts = run_of(plan, sound_part(plan))
    parts[chunk_name(1)].inits["720p"] = "another"
    with pytest.raises(PartsDisagree, match="different parameters"):
        joined(plan, parts)


def test_run_without_parts_is_no_set() -> None:
    with pytest.raises(PartsDisagree):
        joined(a_plan(), {})


def test_single_chunk_brings_the_sound() -> None:
    plan = a_plan(8)
    made = joined(plan, {chunk_name(0): chunk_part(plan, whole(plan))})
    assert seconds(made) == {"720p": 8, "360p": 8, "audio_0": 8}
