"""T-2: what is in no list is refused before a decoder of it is opened: by the probe, and where that errs, by ffmpeg."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from core.processes import Finished, run
from core.testing.chunks import whole
from core.testing.media import RARE_CODECS, make_odd
from core.testing.transcoder_parts import silence
from core.transcoding import MediaRejected, Reason, Transcoder
from plugins.transcode_ffmpeg import conversion, probe
from plugins.transcode_ffmpeg.formats import DECODERS
from plugins.transcode_ffmpeg.plan import plan
from plugins.transcode_ffmpeg.settings import TranscodeSettings
from tests.plugins.transcode_ffmpeg.facts import an_info

pytestmark = pytest.mark.slow

RARE_SOUNDS = {"rare_audio.mkv", "apple_lossless.m4v", "dolby_plus.mp4", "telephone.3gp", "telephone.mov"}
"""Of these the pictures are ordinary, and nothing else is asked of ffmpeg where the probe saw no sound."""


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """Every command line that a child was started with."""
    started: list[Sequence[str]] = []

    async def watched(command: Sequence[str], **options: object) -> Finished:
        started.append(command)
        return await run(command, **options)  # type: ignore[arg-type]  # handed on as they are

    for module in (probe, conversion):
        monkeypatch.setattr(module, "run", watched)
    return started


@pytest.mark.parametrize("name", sorted(RARE_CODECS))
async def test_t02_rare_codec_is_refused_by_a_child_that_is_told_the_list(
    transcoder: Transcoder, media: Path, commands: list[Sequence[str]], name: str
) -> None:
    source = await make_odd(name, media)
    with pytest.raises(MediaRejected) as rejected:
        await transcoder.probe(source)
    assert rejected.value.reason is Reason.UNSUPPORTED_CODEC
    (command,) = commands  # the probe's: nothing was converted
    assert json.loads(command[-1])["decoders"] == DECODERS


@pytest.mark.parametrize("name", sorted(RARE_CODECS.keys() - RARE_SOUNDS))
async def test_t02_ffmpeg_opens_no_rare_decoder_even_where_the_probe_was_fooled(
    transcoder: Transcoder, media: Path, output: Path, commands: list[Sequence[str]], name: str
) -> None:
    source = await make_odd(name, media)
    fooled = plan(an_info(duration=1, size=source.stat().st_size), TranscodeSettings())
    with pytest.raises(MediaRejected) as rejected:
        await transcoder.encode(source, fooled, whole(fooled), output, silence)
    (command,) = commands
    assert command[command.index("-codec_whitelist") + 1] == DECODERS
    assert command.index("-codec_whitelist") < command.index("-i")
    # ffmpeg's words for it: the decoder was not opened.
    assert "not on whitelist" in rejected.value.detail
    assert list(output.glob("*.m4s")) == []
