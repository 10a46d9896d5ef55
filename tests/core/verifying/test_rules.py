"""Every rule is broken alone, in a tree that is otherwise good, and is all that is found."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from core.testing.verified import assert_verified
from core.verifying import REMEDIES, Rule, Verified, from_folder, verify
from tests.core.verifying.hls_tree import (
    FRAMES,
    SECONDS,
    delay,
    make_pictures,
    make_sound,
    repackage,
    replace,
    write_master,
)

Breaker = Callable[[Path], Awaitable[None]]


async def verified(folder: Path) -> Verified:
    return await verify(from_folder(folder), (folder / "master.m3u8").as_uri())


def in_master(old: str, new: str) -> Breaker:
    async def breaker(folder: Path) -> None:
        replace(folder / "master.m3u8", old, new)

    return breaker


def in_playlist(name: str, old: str, new: str) -> Breaker:
    async def breaker(folder: Path) -> None:
        replace(folder / f"{name}.m3u8", old, new)

    return breaker


def encoded(name: str, *options: str, **how: object) -> Breaker:
    async def breaker(folder: Path) -> None:
        await make_pictures(folder, name, *options, **how)  # type: ignore[arg-type]  # a table of keyword arguments
        write_master(folder)

    return breaker


async def missing_segment(folder: Path) -> None:
    (folder / "low_2.m4s").unlink()


async def missing_playlist(folder: Path) -> None:
    (folder / "low.m3u8").unlink()


async def page_in_place_of_a_playlist(folder: Path) -> None:
    (folder / "low.m3u8").write_text("<!doctype html>")


async def damaged_segment(folder: Path) -> None:
    path = folder / "low_1.m4s"
    data = bytearray(path.read_bytes())
    data[-600:-300] = bytes(300)
    path.write_bytes(data)


async def nonsense_in_place_of_a_segment(folder: Path) -> None:
    (folder / "low_1.m4s").write_bytes(b"<!doctype html>" * 100)


async def gap_in_the_sound(folder: Path) -> None:
    for number in (2, 3, 4):
        if (path := folder / f"audio_{number}.m4s").exists():
            delay(path, 1024)


async def sound_in_the_pictures(folder: Path) -> None:
    await repackage(folder, "low", "-f", "lavfi", "-i", f"sine=duration={SECONDS}")
    write_master(folder)


async def turned(folder: Path) -> None:
    await repackage(folder, "low", "-display_rotation", "90")
    write_master(folder)


async def late_sound(folder: Path) -> None:
    await make_sound(folder, "-itsoffset", "0.1", seconds=SECONDS - 0.1)
    write_master(folder)


async def narrow_pictures(folder: Path) -> None:
    await make_pictures(folder, "low", size=(120, 90))
    master = write_master(folder)
    replace(master, "160x90", "120x90")
    replace(master, "avc1.42c00b", "avc1.42c00a")


async def short_sound(folder: Path) -> None:
    await make_sound(folder, seconds=SECONDS - 0.1)
    write_master(folder)


NOT_AT_WHOLE_SECONDS = ("-force_key_frames", "0,1.2,2,3", "-g", "1000", "-keyint_min", "1")
FRAME_28_MS_LATE = ("-vf", "settb=1/1000,setpts=PTS+28*eq(N\\,60)", "-fps_mode", "passthrough")
BROKEN: dict[str, tuple[Rule, str, Breaker]] = {
    "missing segment": (Rule.REACHABLE, "low", missing_segment),
    "missing playlist": (Rule.REACHABLE, "low", missing_playlist),
    "page for a playlist": (Rule.SYNTAX, "low", page_in_place_of_a_playlist),
    "version without maps": (Rule.SYNTAX, "low", in_playlist("low", "#EXT-X-VERSION:7", "#EXT-X-VERSION:5")),
    "version without fractions": (Rule.SYNTAX, "low", in_playlist("low", "#EXT-X-VERSION:7", "#EXT-X-VERSION:2")),
    "no default track": (Rule.GROUPS, "master", in_master("DEFAULT=YES,", "DEFAULT=NO,")),
    "sound in the pictures": (Rule.ONE_STREAM, "low", sound_in_the_pictures),
    "damaged segment": (Rule.DECODES, "low", damaged_segment),
    "nonsense for a segment": (Rule.DECODES, "low", nonsense_in_place_of_a_segment),
    "no tag": (Rule.INDEPENDENT_TAG, "audio", in_master("#EXT-X-INDEPENDENT-SEGMENTS\n", "")),
    "segments without keyframes": (Rule.INDEPENDENT, "low", encoded("low", gop=50, flags="split_by_time")),
    "discontinuity": (Rule.CONTINUOUS, "low", in_playlist("low", "#EXTINF", "#EXT-X-DISCONTINUITY\n#EXTINF")),
    "frame off the grid": (Rule.GAPLESS, "low", encoded("low", *FRAME_28_MS_LATE, "-enc_time_base", "1/1000")),
    "gap between segments": (Rule.GAPLESS, "audio", gap_in_the_sound),
    "cut elsewhere": (Rule.ALIGNED, "low", encoded("low", *NOT_AT_WHOLE_SECONDS)),
    "frame less": (Rule.FRAME_COUNT, "low", encoded("low", "-frames:v", str(FRAMES - 1))),
    "late sound": (Rule.STARTS, "audio", late_sound),
    "short sound": (Rule.ENDS, "audio", short_sound),
    "wrong duration": (Rule.EXTINF, "low", in_playlist("low", "#EXTINF:1.000000", "#EXTINF:1.100000")),
    "short target": (Rule.TARGET_DURATION, "low", in_playlist("low", "TARGETDURATION:1", "TARGETDURATION:0")),
    "other codecs": (Rule.CODECS, "low", in_master("avc1.42c00b", "avc1.640028")),
    "sound not in codecs": (Rule.CODECS, "low", in_master("avc1.42c00b,mp4a.40.2", "avc1.42c00b")),
    "other resolution": (Rule.RESOLUTION, "low", in_master("160x90", "160x92")),
    "other rate": (Rule.FRAME_RATE, "high", in_master("FRAME-RATE=25.000", "FRAME-RATE=29.970")),
    "other shape": (Rule.SHAPE, "low", narrow_pictures),
    "turned": (Rule.ROTATION, "low", turned),
    "wide pixels": (Rule.SQUARE_PIXELS, "low", encoded("low", "-vf", "setsar=4/3")),
}
QUICK = {"missing segment", "no default track", "damaged segment", "gap between segments", "frame less", "other codecs"}
"""Those that `make quick` breaks: each takes three decoders, and some an encoder."""


@pytest.mark.parametrize(
    ("attribute", "rule"), [("BANDWIDTH", Rule.BANDWIDTH), ("AVERAGE-BANDWIDTH", Rule.AVERAGE_BANDWIDTH)]
)
@pytest.mark.parametrize("factor", [0.99, pytest.param(1.17, marks=pytest.mark.slow)])
async def test_bit_rate_is_measured(tree: Path, attribute: str, rule: Rule, factor: float) -> None:
    master = tree / "master.m3u8"
    told = re.search(rf"[:,]{attribute}=(\d+)", master.read_text())
    assert told
    replace(master, f"{attribute}={told[1]}", f"{attribute}={round(int(told[1]) * factor)}")
    findings = (await verified(tree)).findings
    assert [(each.rule, each.rendition) for each in findings] == [(rule, "high")], [str(each) for each in findings]
    assert ("too low" if factor < 1 else "too high") in findings[0].detail


def second_track(folder: Path, name: str) -> None:
    """List the sound a second time, as another language."""
    line = f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="{name}",LANGUAGE="de",DEFAULT=NO,URI="german.m3u8"'
    (folder / "german.m3u8").write_bytes((folder / "audio.m3u8").read_bytes())
    replace(folder / "master.m3u8", "#EXT-X-STREAM-INF", f"{line}\n#EXT-X-STREAM-INF")


async def test_of_several_tracks_only_the_largest_counts_for_the_bit_rate(tree: Path) -> None:
    second_track(tree, "Ton")
    found = await assert_verified(tree / "master.m3u8")
    assert [each.name for each in found.renditions] == ["high", "low", "audio", "german"]


async def test_tracks_of_one_name_are_found(tree: Path) -> None:
    second_track(tree, "Tone")
    (finding,) = (await verified(tree)).findings
    assert (finding.rule, finding.rendition) == (Rule.GROUPS, "master")
    assert finding.detail == "group 'sound' has several tracks named Tone"


async def test_group_that_is_not_there_is_found(tree: Path) -> None:
    replace(tree / "master.m3u8", 'AUDIO="sound"', 'AUDIO="noise"')
    finding = next(each for each in (await verified(tree)).findings if each.rule is Rule.GROUPS)
    assert "'noise' names no group" in finding.detail


def test_every_rule_has_a_remedy_and_is_broken_by_a_test() -> None:
    by_hand = {Rule.MONOTONIC, Rule.BANDWIDTH, Rule.AVERAGE_BANDWIDTH}
    assert set(REMEDIES) == set(Rule)
    assert {rule for rule, _, _ in BROKEN.values()} | by_hand == set(Rule)


async def test_good_tree_has_no_findings(good_tree: Path) -> None:
    found = await assert_verified(good_tree / "master.m3u8")
    assert [(each.name, each.kind, each.segments) for each in found.renditions][:2] == [
        ("high", "video", SECONDS),
        ("low", "video", SECONDS),
    ]
    assert [each.frames for each in found.renditions][:2] == [FRAMES, FRAMES]
    assert found.notes == ()


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in BROKEN]
)
async def test_what_is_broken_is_found_and_nothing_else(tree: Path, name: str) -> None:
    rule, rendition, breaker = BROKEN[name]
    await breaker(tree)
    findings = (await verified(tree)).findings
    assert [(each.rule, each.rendition) for each in findings] == [(rule, rendition)], [str(each) for each in findings]
