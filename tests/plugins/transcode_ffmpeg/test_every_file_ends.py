"""Whatever is uploaded ends as renditions that play, or as a reason: every odd file we can make, and real ones."""

import os
from pathlib import Path

import pytest

from core.testing.media import ODD_MEDIA, make_odd
from core.testing.renditions import assert_plays
from core.testing.transcoder import Progress
from core.transcoding import MediaRejected, Reason, Transcoder

pytestmark = pytest.mark.slow

PLAYS = {
    # name: width and height of the largest rung, frames per second, sound
    "portrait_phone.mp4": (360, 640, 30, True),
    "odd_size.mp4": (320, 240, 30, True),
    "variable_rate.mp4": (320, 180, 15, True),
    "ten_bit.mp4": (320, 180, 30, True),
    "hdr.mp4": (320, 180, 30, True),
    "full_chroma.mp4": (320, 180, 30, True),
    "interlaced.mp4": (320, 192, 15, True),
    "anamorphic.mp4": (426, 180, 30, True),
    "fast.mp4": (320, 180, 60, True),
    "surround.mp4": (320, 180, 30, True),
    "late_sound.mp4": (320, 180, 30, True),
    "long_sound.mp4": (320, 180, 30, True),
    "several_keyframes.mp4": (320, 180, 30, True),
    "transport_stream.ts": (320, 180, 30, True),
    "matroska.mkv": (320, 180, 30, True),
    "no_duration.webm": (320, 180, 30, True),
    "no_audio.mp4": (320, 180, 30, False),
    "one_frame.mp4": (320, 180, 30, False),
    "changing_size.ts": (320, 180, 30, False),
}
REJECTED = {
    "audio_only.mp4": Reason.NO_VIDEO,
    "cover_art.mp3": Reason.NO_VIDEO,
    "rare_codec.mkv": Reason.UNSUPPORTED_CODEC,
    "rare_audio.mkv": Reason.UNSUPPORTED_CODEC,
    "animation.gif": Reason.UNSUPPORTED_FORMAT,
    "too_small.mp4": Reason.TOO_SMALL,
    "ten_hours_of_nothing.mkv": Reason.DAMAGED,
    "many_streams.mkv": Reason.TOO_MANY_STREAMS,
    "truncated.mp4": Reason.DAMAGED,
    "cut_short.mp4": Reason.DAMAGED,
    "playlist.mp4": Reason.UNSUPPORTED_FORMAT,
    "concat.mp4": Reason.UNSUPPORTED_FORMAT,
    "session.mp4": Reason.UNSUPPORTED_FORMAT,
    "manifest.mp4": Reason.UNSUPPORTED_FORMAT,
    "text.mp4": Reason.UNSUPPORTED_FORMAT,
    "page.mp4": Reason.UNSUPPORTED_FORMAT,
    "archive.mp4": Reason.UNSUPPORTED_FORMAT,
    "empty.mp4": Reason.DAMAGED,
}
_REAL = Path(os.environ.get("MUTOSCOPE_TEST_MEDIA", Path(__file__).resolve().parents[4] / "shared" / "media"))
REAL_VIDEOS = sorted(path for path in _REAL.glob("*") if path.suffix in {".mp4", ".webm"})
# An empty parameter set would be reported as a skip; the made clip stands in where there are no real videos.
REAL_OR_MADE = REAL_VIDEOS or [Path("no_audio.mp4")]


def test_every_odd_file_has_an_expected_end() -> None:
    assert PLAYS.keys() | REJECTED.keys() == ODD_MEDIA.keys()


@pytest.mark.parametrize("name", PLAYS)
async def test_odd_file_becomes_renditions_that_play(
    transcoder: Transcoder, media: Path, output: Path, name: str
) -> None:
    source = await make_odd(name, media)
    plan = transcoder.plan(await transcoder.probe(source))
    encoded = await transcoder.encode(source, plan, output, Progress())
    assert_plays(output, encoded)
    top = encoded.renditions[0]
    has_sound = encoded.renditions[-1].kind == "audio"
    assert (top.width, top.height, top.frame_rate, has_sound) == PLAYS[name]
    assert encoded.poster is not None


@pytest.mark.parametrize("name", REJECTED)
async def test_unusable_file_is_rejected_with_its_reason(
    transcoder: Transcoder, media: Path, output: Path, name: str
) -> None:
    source = await make_odd(name, media)
    with pytest.raises(MediaRejected) as rejected:
        await transcoder.encode(source, transcoder.plan(await transcoder.probe(source)), output, Progress())
    assert rejected.value.reason == REJECTED[name]


@pytest.mark.slow
@pytest.mark.parametrize("source", REAL_OR_MADE, ids=lambda path: path.name)
async def test_real_video_plays_as_encoded_and_as_copied(
    transcoder: Transcoder, media: Path, output: Path, source: Path
) -> None:
    source = source if source.exists() else await make_odd(source.name, media)
    plan = transcoder.plan(await transcoder.probe(source))
    # The smallest rung: decoding, timing and sound are the same for all, and two cores are not many.
    encoded = await transcoder.encode(source, plan.only_smallest(), output, Progress())
    assert_plays(output, encoded)
    if plan.copy_refused is None:
        copies = output / "copies"
        copies.mkdir()
        assert_plays(copies, await transcoder.copy(source, plan, copies, Progress()))
