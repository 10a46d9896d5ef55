"""The plan, from facts alone: which rungs, at what rate, within what limits, and what may be offered as it is."""

from fractions import Fraction

import pytest

from core.transcoding import MediaRejected, Reason
from plugins.transcode_ffmpeg.plan import plan
from plugins.transcode_ffmpeg.settings import LadderRung, TranscodeSettings
from tests.plugins.transcode_ffmpeg.facts import STEREO, an_info

SETTINGS = TranscodeSettings()


@pytest.mark.parametrize(
    ("width", "height", "sizes"),
    [
        (1920, 1080, [(1920, 1080), (1280, 720), (854, 480), (640, 360), (426, 240)]),
        (3840, 2160, [(3840, 2160), (1920, 1080), (1280, 720), (854, 480), (640, 360), (426, 240)]),
        (1080, 1920, [(1080, 1920), (720, 1280), (480, 854), (360, 640), (240, 426)]),
        (1920, 800, [(1728, 720), (1152, 480), (864, 360), (576, 240)]),
        (640, 360, [(640, 360), (426, 240)]),
        (641, 361, [(640, 360), (426, 240)]),
        (600, 300, [(600, 300), (480, 240)]),
        (200, 150, [(200, 150)]),
        (201, 151, [(200, 150)]),
    ],
)
def test_ladder_follows_the_short_side(width: int, height: int, sizes: list[tuple[int, int]]) -> None:
    rungs = plan(an_info(width=width, height=height), SETTINGS).rungs
    assert [(rung.width, rung.height) for rung in rungs] == sizes


def test_rotated_picture_is_planned_as_it_is_seen() -> None:
    rungs = plan(an_info(width=1280, height=720, rotation=90), SETTINGS).rungs
    assert (rungs[0].width, rungs[0].height) == (720, 1280)


def test_anamorphic_picture_gets_square_pixels() -> None:
    rungs = plan(an_info(width=1440, height=1080, sample_aspect_ratio=Fraction(4, 3)), SETTINGS).rungs
    assert (rungs[0].width, rungs[0].height) == (1920, 1080)


def test_pixels_that_are_square_but_for_rounding_are_square_and_copied() -> None:
    info = an_info(width=854, height=480, sample_aspect_ratio=Fraction(1280, 1281), bit_rate=1_000_000)
    made = plan(info, SETTINGS)
    assert (made.rungs[0].width, made.rungs[0].height, made.copy_refused) == (854, 480, None)


@pytest.mark.parametrize(("duration", "seconds"), [(5, 2), (30, 2), (45, 3), (60, 4), (3600, 4)])
def test_first_segment_is_a_fifteenth_of_the_video_at_most_but_for_the_shortest(duration: int, seconds: int) -> None:
    assert plan(an_info(duration=duration), SETTINGS).segment_frames == seconds * 30


def test_rung_of_its_own_size_gets_bits_for_its_area() -> None:
    rungs = plan(an_info(width=3840, height=2160), SETTINGS).rungs
    assert rungs[0].max_bitrate == pytest.approx(14_142_000, rel=0.001)


@pytest.mark.parametrize(
    ("average", "base", "planned"),
    [
        ("30", "30", "30"),
        ("30000/1001", "30000/1001", "30000/1001"),
        ("45000/1499", "45000/1499", "45000/1499"),
        ("2997/100", "30", "30"),
        ("27", "90000", "30000/1001"),
        ("3", "3", "10"),
        ("120", "120", "60"),
        ("100", "100", "50"),
        ("0", "0", "30"),
    ],
)
def test_rate_is_the_sources_or_the_next_standard_one(average: str, base: str, planned: str) -> None:
    info = an_info(average_rate=Fraction(average), base_rate=Fraction(base))
    assert plan(info, SETTINGS).frame_rate == Fraction(planned)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"duration": 12 * 3600 + 1, "size": 10**10}, Reason.TOO_LONG),
        ({"duration": 0}, Reason.DAMAGED),
        ({"duration": 61, "size": 500 * 61 - 1}, Reason.DAMAGED),
        ({"width": 8193, "height": 4320}, Reason.TOO_LARGE),
        ({"width": 15, "height": 720}, Reason.TOO_SMALL),
        ({"width": 720, "height": 720, "sample_aspect_ratio": Fraction(1, 100)}, Reason.TOO_SMALL),
        ({"width": 720, "height": 720, "sample_aspect_ratio": Fraction(1000)}, Reason.TOO_LARGE),
        ({"average_rate": Fraction(121)}, Reason.TOO_LARGE),
    ],
)
def test_beyond_a_limit_is_rejected(facts: dict[str, object], reason: Reason) -> None:
    with pytest.raises(MediaRejected) as rejected:
        plan(an_info(**facts), SETTINGS)
    assert rejected.value.reason == reason


@pytest.mark.parametrize(("rate", "frames"), [("120", 6000), ("60", 6000), ("30", 3000)])
def test_t08_frames_are_counted_at_the_rate_of_the_output(rate: str, frames: int) -> None:
    info = an_info(duration=100, average_rate=Fraction(rate), base_rate=Fraction(rate))
    assert plan(info, TranscodeSettings(max_frames=frames)).rungs
    with pytest.raises(MediaRejected, match=f"{frames} of {frames - 1} frames") as rejected:
        plan(info, TranscodeSettings(max_frames=frames - 1))
    assert rejected.value.reason is Reason.TOO_LONG


@pytest.mark.parametrize(
    "facts",
    [
        {"duration": 12 * 3600, "size": 10**10},
        {"duration": 61, "size": 500 * 61},
        {"duration": 1, "size": 100},
        {"width": 8192, "height": 4320},
        {"width": 16, "height": 16},
        {"average_rate": Fraction(120), "base_rate": Fraction(120)},
    ],
)
def test_at_a_limit_is_planned(facts: dict[str, object]) -> None:
    assert plan(an_info(**facts), SETTINGS).rungs


def test_compatible_source_may_be_copied() -> None:
    assert plan(an_info(), SETTINGS).copy_refused is None


@pytest.mark.parametrize(
    ("facts", "complaint"),
    [
        ({"codec": "hevc"}, "codec hevc"),
        ({"pixel_format": "yuv444p"}, "pixel format"),
        ({"interlaced": True}, "interlaced"),
        ({"sample_aspect_ratio": Fraction(4, 3)}, "aspect"),
        ({"rotation": 90}, "rotated"),
        ({"transfer": "smpte2084"}, "transfer"),
        ({"average_rate": Fraction(25)}, "frame rate"),
        ({"keyframe_interval": None}, "keyframes"),
        ({"keyframe_interval": 8.1}, "8.1 seconds apart"),
        ({"bit_rate": 10_000_001}, "bits per second"),
        ({"bit_rate": None, "size": 100_000_000}, "bits per second"),
    ],
)
def test_source_that_browsers_cannot_play_well_is_not_copied(facts: dict[str, object], complaint: str) -> None:
    refusal = plan(an_info(**facts), SETTINGS).copy_refused
    assert refusal is not None
    assert complaint in refusal


@pytest.mark.parametrize(
    ("facts", "complaint"),
    [({}, None), ({"channels": 6}, "6 channels"), ({"codec": "mp3"}, "codec mp3"), ({"profile": "HE-AAC"}, "profile"),
     ({"sample_rate": 96000}, "samples per second"), ({"start": 0.5}, "begins 0.500 seconds")],
)  # fmt: skip
def test_sound_is_kept_only_as_ordinary_aac(facts: dict[str, object], complaint: str | None) -> None:
    (sound,) = plan(an_info(audio=(STEREO.model_copy(update=facts),)), SETTINGS).sounds
    assert sound.copy_refused == complaint or (complaint and complaint in (sound.copy_refused or ""))


def test_sound_of_a_container_without_an_index_is_encoded() -> None:
    (sound,) = plan(an_info(container="mpegts", audio=(STEREO,)), SETTINGS).sounds
    assert sound.copy_refused == "container mpegts"


def test_tracks_that_can_be_decoded_are_kept_under_the_numbers_they_have_in_the_file() -> None:
    tracks = [STEREO.model_copy(update={"language": language}) for language in ("eng", "fra", "<b>", None)]
    unknown = STEREO.model_copy(update={"codec": "unknown", "channels": 0})
    sounds = plan(an_info(audio=(tracks[0], unknown, *tracks[1:])), SETTINGS).sounds
    assert [(s.stream, s.name, s.language) for s in sounds] == [
        (0, "audio", "eng"), (2, "audio_2", "fra"), (3, "audio_3", None), (4, "audio_4", None)
    ]  # fmt: skip
    assert len(plan(an_info(audio=(STEREO,) * 20), SETTINGS).sounds) == 8


@pytest.mark.parametrize(("duration", "interval"), [(1, 2), (600, 2), (1600, 2), (1601, 3), (3600, 5), (12 * 3600, 54)])
def test_storyboard_has_at_most_eight_hundred_pictures(duration: int, interval: int) -> None:
    board = plan(an_info(duration=duration, size=10**10), SETTINGS).storyboard
    assert board is not None
    assert board.interval == interval
    assert duration / board.interval <= 800


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [
        (1920, 1080, (160, 90)),
        (1080, 1920, (90, 160)),
        (1920, 800, (160, 66)),
        (100, 60, (100, 60)),
        (4000, 16, (160, 2)),
    ],
)
def test_pictures_of_the_storyboard_have_even_sides(width: int, height: int, size: tuple[int, int]) -> None:
    board = plan(an_info(width=width, height=height), SETTINGS).storyboard
    assert board is not None
    assert (board.width, board.height) == size


def test_ladder_that_does_not_descend_is_refused() -> None:
    ladder = (LadderRung(short_side=360, kbits=800), LadderRung(short_side=720, kbits=2800))
    with pytest.raises(ValueError, match="must fall"):
        TranscodeSettings(ladder=ladder)


def test_deadline_is_between_floor_and_ceiling() -> None:
    assert [SETTINGS.deadline(seconds) for seconds in (1, 60, 12 * 3600)] == [120, 1200, 6 * 3600]
