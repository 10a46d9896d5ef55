"""Chunks encoded apart are the whole: frame by frame, however odd the times of the source are."""

from itertools import pairwise
from pathlib import Path

import pytest

from core.testing.chunks import chunks, joined, whole
from core.testing.renditions import decode
from core.testing.transcoder_parts import encode_each, silence
from core.transcoding import Plan
from plugins.transcode_ffmpeg.ffmpeg_transcoder import open_transcoder
from plugins.transcode_ffmpeg.settings import TranscodeSettings
from tests.plugins.transcode_ffmpeg.flat_media import FLAT_MEDIA, make_flat

pytestmark = pytest.mark.slow

# Short segments, so that short videos have many.
SETTINGS = TranscodeSettings(segment_seconds=1, preset="ultrafast", min_bytes_per_second=0)
_GREYS_APART = 6
_LAST_SECOND = 30


def irregular(plan: Plan) -> tuple[int, ...]:
    """Return cuts as a source's own keyframes would be: close, far, and on no grid of seconds."""
    steps = [7, 31, 45, 2, 60, 33]
    cuts = [0]
    while cuts[-1] + steps[len(cuts) % 6] < plan.frames - _LAST_SECOND:
        cuts.append(cuts[-1] + steps[len(cuts) % 6])
    return tuple(cuts)


@pytest.mark.parametrize("cuts", ["regular", "irregular"])
@pytest.mark.parametrize("name", FLAT_MEDIA)
async def test_every_frame_of_the_whole_is_in_the_chunks_once(
    media: Path, output: Path, tmp_path: Path, name: str, cuts: str
) -> None:
    source, folder = await make_flat(name, media), tmp_path / "chunks"
    folder.mkdir()
    async with open_transcoder(SETTINGS) as transcoder:
        plan = transcoder.plan(await transcoder.probe(source))
        at = irregular(plan) if cuts == "irregular" else None
        alone = await transcoder.encode(source, plan, whole(plan, at), output, silence)
        parts = await encode_each(transcoder, source, plan, chunks(plan, 2, at), folder)
    for together, rung in zip(joined(parts), alone.renditions, strict=False):
        chunked, in_one = decode(folder, together), decode(output, rung)
        assert chunked.said == ()
        assert chunked.times == pytest.approx(in_one.times, abs=1e-4)
        assert len(chunked.middles) > 100
        assert max(abs(a - b) for a, b in zip(chunked.middles, in_one.middles, strict=True)) < _GREYS_APART
        assert [s.name for s in together.segments] == [s.name for s in rung.segments]
        durations = [segment.duration for segment in rung.segments]
        assert [segment.duration for segment in together.segments] == pytest.approx(durations, abs=1e-5)
        gaps = {round((b - a) * plan.frame_rate, 2) for a, b in pairwise(sorted(chunked.times))}
        assert gaps == {1}
