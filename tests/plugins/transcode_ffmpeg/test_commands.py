"""The command line: one decode, one fixed input, and nothing in it that a file or its owner could have chosen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.testing.chunks import chunks, whole
from core.transcoding import Plan
from plugins.transcode_ffmpeg.commands import CommandLine
from plugins.transcode_ffmpeg.plan import plan
from plugins.transcode_ffmpeg.settings import TranscodeSettings
from tests.plugins.transcode_ffmpeg.facts import STEREO, an_info

SETTINGS = TranscodeSettings()
COMMANDS = CommandLine("/opt/ffmpeg", SETTINGS)


def a_plan(**facts: object) -> Plan:
    return plan(an_info(audio=(STEREO,), **facts), SETTINGS)


def ladder(plan: Plan) -> list[str]:
    return COMMANDS.ladder(plan, whole(plan))


def filters(command: list[str]) -> str:
    return command[command.index("-filter_complex") + 1]


@pytest.mark.parametrize("command", [ladder(a_plan()), COMMANDS.remux(a_plan())], ids=["ladder", "remux"])
def test_every_input_is_the_one_file_read_by_listed_formats_and_decoders(command: list[str]) -> None:
    inputs = [index for index, word in enumerate(command) if word == "-i"]
    assert {command[index + 1] for index in inputs} == {"/source"}
    before = [command[start:end] for start, end in zip([0, *inputs], inputs, strict=False)]
    for words in before:
        assert {"-format_whitelist", "-protocol_whitelist", "-codec_whitelist", "-max_pixels", "-t"} <= set(words)
        assert words[words.index("-protocol_whitelist") + 1] == "file"
    assert command[1] == "-nostdin"


WORDS = st.text(min_size=1) | st.sampled_from(["-i /etc/passwd", "libx264 -f null", ",drawtext=x;'", "-", "$(id)"])


@given(codec=WORDS, profile=WORDS, pixel_format=WORDS, color_space=WORDS, language=WORDS)
def test_t04_no_word_of_a_file_changes_the_command(language: str, **words: str) -> None:
    told = plan(an_info(audio=(STEREO.model_copy(update={"language": language}),), **words), SETTINGS)
    golden = a_plan(color_space="bt709")
    assert (ladder(told), COMMANDS.remux(told)) == (ladder(golden), COMMANDS.remux(golden))


def test_ladder_decodes_once_and_drops_what_people_do_not_see() -> None:
    command = ladder(a_plan())
    assert filters(command).count("[0:V:0]") == 1
    assert f"split={len(a_plan().rungs) + 1}" in filters(command)  # and the posters
    assert command[command.index("-map_metadata") + 1] == command[command.index("-map_chapters") + 1] == "-1"


@pytest.mark.parametrize(("cores", "threads"), [(1, "11111"), (2, "21111"), (8, "52111"), (64, "88842")])
def test_rungs_share_the_cores_by_their_area(monkeypatch: pytest.MonkeyPatch, cores: int, threads: str) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(cores)))
    command = ladder(a_plan())
    assert "".join(command[command.index(f"-threads:v:{rung}") + 1] for rung in range(5)) == threads


def test_ladder_reads_its_source_once_and_a_copy_takes_one_glimpse_more() -> None:
    assert (ladder(a_plan()).count("-i"), COMMANDS.remux(a_plan()).count("-i")) == (1, 2)


def test_keyframes_off_the_grid_are_told_half_a_frame_early() -> None:
    command = COMMANDS.ladder(a_plan(), whole(a_plan(), (0, 50, 200)))
    assert command[command.index("-force_key_frames:v:4") + 1] == "0.000,1.650,6.650"
    assert command[command.index("-hls_time") + 1] == "0.001"


def test_more_unequal_segments_than_an_argument_holds_are_refused() -> None:
    long = a_plan(duration=43200, size=10**10)
    with pytest.raises(ValueError, match="smaller chunks"):
        COMMANDS.ladder(long, whole(long, range(0, long.frames, 61)))


def test_chunk_begins_early_with_the_times_of_the_whole() -> None:
    chunk = chunks(a_plan(), 5)[1]
    command = COMMANDS.ladder(a_plan(), chunk)
    assert command[command.index("-ss") + 1] == "19.000"
    assert {"-copyts", "-start_at_zero", "-noaccurate_seek"} <= set(command)
    assert command[command.index("-start_number") + 1] == "5"


def test_only_planned_tracks_are_mapped() -> None:
    unknown = STEREO.model_copy(update={"codec": "unknown"})
    command = COMMANDS.sound(plan(an_info(audio=(STEREO, unknown, STEREO)), SETTINGS))
    assert [command[i + 1] for i, word in enumerate(command) if word == "-map"] == ["0:a:0", "0:a:2"]


@pytest.mark.parametrize(("rate", "frames"), [("30", "120"), ("25", "100"), ("30000/1001", "120"), ("60", "240")])
def test_keyframes_are_four_seconds_apart(rate: str, frames: str) -> None:
    command = ladder(a_plan(average_rate=rate, base_rate=rate))
    assert command[command.index("-g") + 1] == command[command.index("-keyint_min") + 1] == frames


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"interlaced": True}, "bwdif=mode=send_frame"),
        ({"transfer": "smpte2084"}, "tonemap=desat=0:tonemap=hable"),
        ({"transfer": "arib-std-b67"}, "tonemap=desat=0:tonemap=hable"),
        ({"color_space": None}, "colorspace=bt709"),
        ({"color_space": None, "width": 640, "height": 480}, "colorspace=smpte170m"),
    ],
)
def test_odd_pictures_get_their_filter(facts: dict[str, object], expected: str) -> None:
    assert expected in filters(ladder(a_plan(**facts)))


def test_ordinary_pictures_get_none_of_them() -> None:
    graph = filters(ladder(a_plan(color_space="bt709")))
    assert not any(name in graph for name in ("bwdif", "tonemap", "setparams"))


def test_remux_keeps_ordinary_sound_and_mixes_surround_down() -> None:
    surround = plan(an_info(audio=(STEREO.model_copy(update={"channels": 6}),)), SETTINGS)
    kept, mixed = COMMANDS.remux(a_plan()), COMMANDS.remux(surround)
    assert kept[kept.index("-c:a") + 1] == kept[kept.index("-c:v") + 1] == "copy"
    assert mixed[mixed.index("-c:a") + 1] == "aac"
