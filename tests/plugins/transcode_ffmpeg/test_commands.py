"""The command line: one decode, one fixed input, and nothing in it that a file or its owner could have chosen."""

import pytest

from core.transcoding import Plan
from plugins.transcode_ffmpeg.commands import CommandLine
from plugins.transcode_ffmpeg.plan import plan
from plugins.transcode_ffmpeg.settings import TranscodeSettings
from tests.plugins.transcode_ffmpeg.facts import STEREO, an_info

SETTINGS = TranscodeSettings()
COMMANDS = CommandLine("/opt/ffmpeg", SETTINGS)


def a_plan(**facts: object) -> Plan:
    return plan(an_info(audio=(STEREO,), **facts), SETTINGS)


def filters(command: list[str]) -> str:
    return command[command.index("-filter_complex") + 1]


@pytest.mark.parametrize("command", [COMMANDS.ladder(a_plan()), COMMANDS.remux(a_plan())], ids=["ladder", "remux"])
def test_every_input_is_the_one_file_read_by_listed_formats_and_decoders(command: list[str]) -> None:
    inputs = [index for index, word in enumerate(command) if word == "-i"]
    assert [command[index + 1] for index in inputs] == ["/source", "/source"]  # the second is a glimpse for the poster
    before = [command[start:end] for start, end in zip([0, *inputs], inputs, strict=False)]
    for words in before:
        assert {"-format_whitelist", "-protocol_whitelist", "-codec_whitelist", "-max_pixels", "-t"} <= set(words)
        assert words[words.index("-protocol_whitelist") + 1] == "file"
    assert command[1] == "-nostdin"


def test_words_of_the_file_never_reach_the_command() -> None:
    poison = "-i /etc/passwd,drawtext=x;'"
    facts = {"codec": poison, "profile": poison, "pixel_format": poison, "color_space": poison}
    command = COMMANDS.ladder(a_plan(**facts))
    assert not any("passwd" in word or "drawtext" in word for word in command)


def test_ladder_decodes_once_and_drops_what_people_do_not_see() -> None:
    command = COMMANDS.ladder(a_plan())
    assert filters(command).count("[0:V:0]") == 1
    assert f"split={len(a_plan().rungs)}" in filters(command)
    assert command[command.index("-map_metadata") + 1] == command[command.index("-map_chapters") + 1] == "-1"


@pytest.mark.parametrize(("rate", "frames"), [("30", "120"), ("25", "100"), ("30000/1001", "120"), ("60", "240")])
def test_keyframes_are_four_seconds_apart(rate: str, frames: str) -> None:
    command = COMMANDS.ladder(a_plan(average_rate=rate, base_rate=rate))
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
    assert expected in filters(COMMANDS.ladder(a_plan(**facts)))


def test_ordinary_pictures_get_none_of_them() -> None:
    graph = filters(COMMANDS.ladder(a_plan(color_space="bt709")))
    assert not any(name in graph for name in ("bwdif", "tonemap", "setparams"))


def test_remux_keeps_ordinary_sound_and_mixes_surround_down() -> None:
    surround = plan(an_info(audio=(STEREO.model_copy(update={"channels": 6}),)), SETTINGS)
    kept, mixed = COMMANDS.remux(a_plan()), COMMANDS.remux(surround)
    assert kept[kept.index("-c:a") + 1] == kept[kept.index("-c:v") + 1] == "copy"
    assert mixed[mixed.index("-c:a") + 1] == "aac"
