"""What is read back from ffmpeg's files agrees with independent readers of the same formats."""

from pathlib import Path

import av
import m3u8
import pytest

from core.testing.chunks import whole
from core.testing.media import make_clip
from core.testing.transcoder import Progress
from core.transcoding import Segment, Transcoder
from plugins.transcode_ffmpeg.boxes import codecs
from plugins.transcode_ffmpeg.playlists import peak_bandwidth


def segments(*shapes: tuple[float, int]) -> list[Segment]:
    return [Segment(name=f"{i}.m4s", duration=seconds, size=size) for i, (seconds, size) in enumerate(shapes)]


@pytest.mark.parametrize(
    ("shapes", "bits"),
    [
        ([(4.0, 1000)], 2000),
        ([(4.0, 1000), (4.0, 3000), (4.0, 1000)], 6000),
        # A last segment of a tenth of a second says nothing alone, only together with the one before it.
        ([(4.0, 1000), (0.1, 1000)], 3902),
        ([(0.5, 100), (0.5, 300)], 4800),
    ],
)
def test_peak_is_the_highest_rate_over_about_a_target_duration(shapes: list[tuple[float, int]], bits: int) -> None:
    assert peak_bandwidth(segments(*shapes)) == bits


async def test_playlists_are_read_as_m3u8_reads_them(
    transcoder: Transcoder, media: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = await make_clip(media / "nine_seconds.mp4", seconds=9, size=(320, 180))
    plan = transcoder.plan(await transcoder.probe(source))
    read: dict[str, str] = {}
    unlink = Path.unlink

    def keep(path: Path, *, missing_ok: bool = False) -> None:
        if path.suffix == ".m3u8":
            read[path.stem] = path.read_text()
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", keep)
    encoded = await transcoder.encode(source, plan, whole(plan), output, Progress())
    for rendition in encoded.renditions:
        parsed = m3u8.loads(read[rendition.name])
        assert [s.uri for s in parsed.segments] == [s.name for s in rendition.segments]
        assert [s.duration for s in parsed.segments] == pytest.approx(
            [s.duration for s in rendition.segments], abs=1e-3
        )
        assert [section.uri for section in parsed.segment_map] == [rendition.init]


async def test_codecs_are_those_of_the_decoder_configuration(transcoder: Transcoder, media: Path, output: Path) -> None:
    source = await make_clip(media / "two_seconds.mp4", size=(320, 180))
    plan = transcoder.plan(await transcoder.probe(source))
    video, audio = (await transcoder.encode(source, plan, whole(plan), output, Progress())).renditions
    with av.open(output / video.init) as container:
        extradata = container.streams[0].codec_context.extradata
    assert extradata is not None
    assert (video.codecs, audio.codecs) == (f"avc1.{extradata[1:4].hex()}", "mp4a.40.2")


@pytest.mark.parametrize("data", [b"", b"\0\0\0\0moov", b"\0\0\0\x08moov", bytes(100), b"not a box at all"])
def test_what_is_no_initialisation_segment_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"neither H\.264 nor AAC"):
        codecs(data)
