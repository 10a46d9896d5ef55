"""What no encoder here can be made to write: rules asked about measurements that were changed by hand."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.verifying import RULES, Finding, Rule, from_folder
from core.verifying.published import Published, peak_bit_rate, read_published


@pytest.fixture
async def published(good_tree: Path) -> Published:
    """The good tree as rules see it."""
    return await read_published(from_folder(good_tree), (good_tree / "master.m3u8").as_uri())


def changed(published: Published, name: str, segment: int, **measures: object) -> Published:
    """Return the same set with other measures of one segment."""
    renditions = dict(published.renditions)
    uri, rendition = next((uri, each) for uri, each in renditions.items() if each.name == name)
    segments = list(rendition.segments)
    content = segments[segment].content
    assert content is not None
    segments[segment] = replace(segments[segment], content=content.model_copy(update=measures))
    renditions[uri] = replace(rendition, segments=tuple(segments))
    return Published(published.master, renditions)


def findings(published: Published) -> list[Finding]:
    return [finding for rule in RULES for finding in rule(published)]


def test_decoding_times_that_stand_still_are_found(published: Published) -> None:
    (found,) = findings(changed(published, "low", 1, not_rising=2))
    assert (found.rule, found.rendition) == (Rule.MONOTONIC, "low")
    assert "2 decoding times in low_1.m4s" in found.detail


def test_corrupt_frames_are_found(published: Published) -> None:
    (found,) = findings(changed(published, "low", 2, corrupt=3))
    assert (found.rule, found.rendition) == (Rule.DECODES, "low")
    assert "3 of 25 frames of low_2.m4s are corrupt" in found.detail


def test_frames_that_do_not_decode_are_found(published: Published) -> None:
    (found,) = findings(changed(published, "low", 2, decoded=24))
    assert (found.rule, found.rendition) == (Rule.DECODES, "low")


def test_open_gop_is_found(published: Published) -> None:
    (found,) = findings(changed(published, "low", 1, leading=2, decoded=23))
    assert (found.rule, found.rendition) == (Rule.INDEPENDENT, "low")
    assert "2 pictures before its keyframe" in found.detail


@pytest.mark.parametrize(
    ("sizes", "durations", "peak"),
    [
        ([100, 100], [4, 4], 200),
        ([100, 400, 100], [4, 4, 4], 800),
        # The last, a tenth of the target, counts only with what is before it.
        ([100, 100, 90], [4, 4, 0.4], 8 * 190 / 4.4),
        ([1000], [0.4], 20_000),
    ],
)
def test_peak_is_that_of_segments_of_about_a_target_duration(
    sizes: list[int], durations: list[float], peak: float
) -> None:
    assert peak_bit_rate(sizes, durations, max(1, round(max(durations)))) == pytest.approx(peak)
