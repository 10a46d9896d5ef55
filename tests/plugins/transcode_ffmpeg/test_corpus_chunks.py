"""Every odd file that plays is the same in chunks: frame by frame, or it says that it has to be in one piece."""

from pathlib import Path

import pytest

from core.testing.chunks import chunks, joined, whole
from core.testing.media import make_odd
from core.testing.renditions import decode
from core.testing.transcoder_parts import encode_each, silence
from core.transcoding import EncodedSet, MediaRejected, Plan, Reason, Transcoder
from plugins.transcode_ffmpeg.ffmpeg_transcoder import open_transcoder
from plugins.transcode_ffmpeg.settings import LadderRung, TranscodeSettings
from tests.plugins.transcode_ffmpeg.corpus_ends import ENDS, Plays

pytestmark = [pytest.mark.slow]

# So many bits that frames are told apart from each other, and not one encode from the other.
SETTINGS = TranscodeSettings(preset="ultrafast", crf=15, ladder=(LadderRung(short_side=240, kbits=50_000),))
CHUNKS = 3
SEGMENTS = 2  # of each
IN_ONE_PIECE = frozenset({"zeros_at_the_end.mp4"})
"""What cannot be entered in the middle; core begins again without chunks when one of them says so."""

_BRIGHTNESS = 8
"""Two encodes of the same frame differ by less in the middle."""

NAMES = sorted(name for name, end in ENDS.items() if isinstance(end, Plays))


def cuts_of(plan: Plan) -> list[int]:
    """Return cuts that give so many chunks, or as many as there are frames."""
    count = min(plan.frames, CHUNKS * SEGMENTS)
    return [plan.frames * number // count for number in range(count)]


async def encode_in_chunks(transcoder: Transcoder, source: Path, plan: Plan, folder: Path) -> list[EncodedSet] | None:
    """Return the parts, or None where one of them cannot be encoded by itself."""
    try:
        return await encode_each(transcoder, source, plan, chunks(plan, SEGMENTS, cuts_of(plan)), folder)
    except MediaRejected as rejected:
        if rejected.reason is not Reason.DAMAGED:
            raise
        return None


@pytest.mark.parametrize("name", NAMES)
async def test_t14_odd_file_in_chunks_is_the_whole(media: Path, output: Path, tmp_path: Path, name: str) -> None:
    source, folder = await make_odd(name, media), tmp_path / "chunks"
    folder.mkdir()
    async with open_transcoder(SETTINGS) as transcoder:
        plan = transcoder.plan(await transcoder.probe(source))
        plan = plan.model_copy(update={"rungs": plan.rungs[-1:]})
        alone = await transcoder.encode(source, plan, whole(plan, cuts_of(plan)), output, silence)
        parts = await encode_in_chunks(transcoder, source, plan, folder)
    assert (parts is None) == (name in IN_ONE_PIECE)
    for together, rung in zip(joined(parts or []), alone.renditions, strict=False):
        chunked, in_one = decode(folder, together), decode(output, rung)
        assert len(chunked.times) == len(in_one.times) == plan.frames
        assert chunked.times == pytest.approx(in_one.times, abs=1e-4)
        apart = [abs(a - b) for a, b in zip(chunked.middles, in_one.middles, strict=True)]
        assert max(apart) < _BRIGHTNESS, f"other pictures at the frames {[n for n, d in enumerate(apart) if d]}"
        assert [s.name for s in together.segments] == [s.name for s in rung.segments]
        assert chunked.said == ()
