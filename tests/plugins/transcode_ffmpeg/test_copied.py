"""A copy says where it is really cut, so that the other rungs can be cut there too."""

from pathlib import Path

import pytest

from core.testing.chunks import lengths, whole
from core.testing.media import ffmpeg, make_clip, make_odd
from core.testing.renditions import decode
from core.testing.transcoder_parts import silence
from core.transcoding import MediaRejected, Transcoder
from plugins.transcode_ffmpeg.fragments import read_clock, shown_at
from tests.plugins.transcode_ffmpeg.flat_media import make_flat

pytestmark = pytest.mark.slow

KEYFRAMES = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-bf", "3", "-g", "300",
             "-sc_threshold", "0", "-force_key_frames", "1.1,4.3,4.6,8.8")  # fmt: skip


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("rate", ["30", "30000/1001", "50"])
async def test_rungs_are_cut_where_the_copy_is(
    transcoder: Transcoder, media: Path, output: Path, tmp_path: Path, rate: str, suffix: str
) -> None:
    name = f"keyframes_{rate.replace('/', '_')}.{suffix}"
    source = await make_clip(media / name, seconds=10, size=(480, 360), rate=rate, options=(*KEYFRAMES, "-c:a", "aac"))
    plan = transcoder.plan(await transcoder.probe(source))
    copied = await transcoder.copy(source, plan, output, silence)
    assert copied.cuts is not None
    assert len(copied.cuts) > 2
    encoded = tmp_path / "encoded"
    encoded.mkdir()
    same = await transcoder.encode(source, plan, whole(plan, copied.cuts), encoded, silence)
    rungs = [rendition for rendition in same.renditions if rendition.kind == "video"]
    assert len(rungs) == 2
    for rung in rungs:
        for mine, theirs in zip(copied.renditions[0].segments, rung.segments, strict=True):
            assert mine.duration == pytest.approx(theirs.duration, abs=0.002)
    frames = [round(segment.duration * plan.frame_rate) for segment in copied.renditions[0].segments]
    assert frames == lengths(copied.cuts, sum(frames))


async def test_frames_off_the_grid_give_no_cuts(transcoder: Transcoder, media: Path, output: Path) -> None:
    source = await make_flat("off_grid.mp4", media)
    plan = transcoder.plan(await transcoder.probe(source))
    assert (await transcoder.copy(source, plan, output, silence)).cuts is None


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("edit_list.mp4", "the first picture comes at -0.4"),
        ("late_pictures.mp4", "the first picture comes at 2.3"),
        ("long_pauses.mkv", "a picture comes 2.4"),
    ],
)
async def test_copy_that_would_not_play_as_the_source_does_is_rejected(
    transcoder: Transcoder, media: Path, output: Path, name: str, complaint: str
) -> None:
    source = await make_flat(name, media)
    plan = transcoder.plan(await transcoder.probe(source)).model_copy(update={"copy_refused": None})
    with pytest.raises(MediaRejected, match=complaint):
        await transcoder.copy(source, plan, output, silence)


async def test_copy_is_rejected_where_a_segment_begins_with_an_open_keyframe(
    transcoder: Transcoder, media: Path, output: Path
) -> None:
    source = await make_odd("open_and_closed_gops.mp4", media)
    plan = transcoder.plan(await transcoder.probe(source))
    assert plan.copy_refused is None, "the probe looks at few keyframes, and takes all of them to be closed"
    with pytest.raises(MediaRejected, match="not with an IDR picture"):
        await transcoder.copy(source, plan, output, silence)


async def test_times_are_those_a_decoder_finds(transcoder: Transcoder, media: Path, output: Path) -> None:
    source = await make_flat("plain.mp4", media)
    plan = transcoder.plan(await transcoder.probe(source))
    video = (await transcoder.copy(source, plan, output, silence)).renditions[0]
    clock = read_clock((output / video.init).read_bytes())
    times = sorted(float(time) for segment in video.segments for time in shown_at(output / segment.name, clock))
    assert times == pytest.approx(decode(output, video).times, abs=1e-4)


@pytest.mark.parametrize("data", [b"", bytes(100), b"\0\0\0\x08moov", b"not a box at all"])
def test_what_is_no_initialisation_segment_has_no_clock(data: bytes) -> None:
    with pytest.raises(ValueError, match="time scale"):
        read_clock(data)


async def test_all_tracks_are_kept_with_their_languages(transcoder: Transcoder, media: Path, output: Path) -> None:
    source = media / "tracks.mkv"
    tones = [word for hertz in (440, 660, 880) for word in ("-f", "lavfi", "-i", f"sine=frequency={hertz}:duration=2")]
    languages = [
        word for i, code in enumerate(("eng", "deu", "fra")) for word in (f"-metadata:s:a:{i}", f"language={code}")
    ]
    picture = ("-f", "lavfi", "-i", "testsrc2=duration=2:size=320x180:rate=30")
    codecs = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a:0", "aac", "-c:a:1", "wmav2", "-c:a:2", "libopus")
    maps = ("-map", "0", "-map", "1", "-map", "2", "-map", "3")
    await ffmpeg([*picture, *tones, *maps, *codecs, *languages, source.name], media)
    plan = transcoder.plan(await transcoder.probe(source))
    encoded = await transcoder.encode(source, plan, whole(plan), output, silence)
    sounds = [(r.name, r.language) for r in encoded.renditions if r.kind == "audio"]
    assert sounds == [("audio", "eng"), ("audio_2", "fra")]
    assert [sound.copy_refused for sound in plan.sounds] == [None, "codec opus"]
    for rendition in encoded.renditions:
        assert decode(output, rendition).end == pytest.approx(2, abs=0.05)
