"""How often a growing set is written, and what its playlists announce of segments that nobody has made yet."""

import re
from fractions import Fraction
from typing import Any

import pytest

from core.testing.sites import Browser, Site
from core.transcoding import Chunk, EncodedSet, Plan
from core.videos.growth import announced_target, worth_telling
from core.videos.runs import CHUNK, SOUND
from tests.core.videos.plans import a_plan
from tests.core.videos.stages import at_stage, run_one
from tests.core.videos.test_growing import playlists, segments
from tests.fakes.transcoder_instant import InstantTranscoder


def written(segments: int, most_at_once: int = 1) -> list[int]:
    """Return how many segments each writing of a set holds that gets so many, one after the other or in runs."""
    shown, sizes = 0, []
    for reach in range(most_at_once, segments + 1, most_at_once):
        if worth_telling(shown, reach):
            shown = reach
            sizes.append(shown)
    return sizes


@pytest.mark.parametrize("first", [1, 2, 20])
def test_first_segments_are_told_at_once(first: int) -> None:
    assert worth_telling(0, first)


@pytest.mark.parametrize(("shown", "reach"), [(0, 0), (5, 5), (5, 4), (100, 104)])
def test_what_is_hardly_longer_is_not_told(shown: int, reach: int) -> None:
    assert not worth_telling(shown, reach)


def test_each_segment_of_a_short_video_is_told() -> None:
    assert written(20) == list(range(1, 21))


@pytest.mark.parametrize("most_at_once", [1, 20])
@pytest.mark.parametrize("segments", [100, 1800, 20_000, 100_000])
def test_what_is_written_in_all_is_a_fixed_multiple_of_the_whole(segments: int, most_at_once: int) -> None:
    sizes = written(segments, most_at_once)
    assert sum(sizes) <= 22 * segments
    assert sizes[-1] >= 0.95 * segments


@pytest.mark.parametrize(
    ("seconds", "rate", "frames", "target"),
    [
        (60, Fraction(30), 120, 4),
        (60, Fraction(30000, 1001), 120, 4),
        (60, Fraction(30), 132, 5),  # 4.4 s: sound that is a frame longer is rounded up
        (60, Fraction(25), 150, 6),
        (3, Fraction(30), 120, 3),
        (3, Fraction(30), 0, 3),
        (0.1, Fraction(30), 120, 1),
    ],
)
def test_target_holds_for_the_longest_planned_segment(seconds: float, rate: Fraction, frames: int, target: int) -> None:
    plan = a_plan(seconds).model_copy(update={"frame_rate": rate, "segment_frames": frames})
    assert announced_target(plan) == target


def target_of(text: str) -> int:
    found = re.search(r"#EXT-X-TARGETDURATION:(\d+)\n", text)
    assert found
    return int(found[1])


@pytest.mark.parametrize(("longest", "shown"), [(4.3, 15), (9.0, 10)])
async def test_target_never_changes_while_the_playlist_grows(
    site: Site, studio: Browser, client: Browser, monkeypatch: pytest.MonkeyPatch, longest: float, shown: int
) -> None:
    encode, video_id = InstantTranscoder.encode, await at_stage(site, studio, "chunks")

    async def ends_late(self: InstantTranscoder, source: Any, plan: Plan, chunk: Chunk, *others: Any) -> EncodedSet:
        if chunk.end is not None:
            return await encode(self, source, plan, chunk, *others)
        return with_last(await encode(self, source, plan, chunk, others[0], others[1]), longest)

    monkeypatch.setattr(InstantTranscoder, "encode", ends_late)
    seen = []
    for kind in (SOUND, CHUNK, CHUNK, CHUNK):
        await run_one(site, kind)
        seen.append(await playlists(client, video_id))
    assert [len(segments(texts["360p"])) for texts in seen if texts] == [5, 10, shown]
    assert {target_of(text) for texts in seen for text in texts.values()} == {4}
    await site.work()
    whole = (await playlists(client, video_id))["360p"]
    assert (len(segments(whole)), target_of(whole)) == (15, round(longest))


def with_last(made: EncodedSet, seconds: float) -> EncodedSet:
    """Return the set with a last segment that is longer than was planned."""
    renditions = []
    for each in made.renditions:
        *others, last = each.segments
        segments = (*others, last.model_copy(update={"duration": seconds}))
        renditions.append(each.model_copy(update={"segments": segments}))
    return made.model_copy(update={"renditions": tuple(renditions)})
