"""Real videos become renditions that play, encoded and, where they may be, copied; test_corpus.py has the others."""

import os
from pathlib import Path

import pytest

from core.testing.chunks import whole
from core.testing.media import make_odd
from core.testing.renditions import assert_plays
from core.testing.transcoder import Progress
from core.transcoding import Transcoder

pytestmark = pytest.mark.slow

_REAL = Path(os.environ.get("MUTOSCOPE_TEST_MEDIA", Path(__file__).resolve().parents[4] / "shared" / "media"))
REAL_VIDEOS = sorted(path for path in _REAL.glob("*") if path.suffix in {".mp4", ".webm"})
# An empty parameter set would be reported as a skip; the made clip stands in where there are no real videos.
REAL_OR_MADE = REAL_VIDEOS or [Path("no_audio.mp4")]


@pytest.mark.parametrize("source", REAL_OR_MADE, ids=lambda path: path.name)
async def test_real_video_plays_as_encoded_and_as_copied(
    transcoder: Transcoder, media: Path, output: Path, source: Path
) -> None:
    source = source if source.exists() else await make_odd(source.name, media)
    plan = transcoder.plan(await transcoder.probe(source))
    # The smallest rung: decoding, timing and sound are the same for all, and two cores are not many.
    small = plan.model_copy(update={"rungs": plan.rungs[-1:]})
    encoded = await transcoder.encode(source, small, whole(small), output, Progress())
    assert_plays(output, encoded)
    if plan.copy_refused is None:
        copies = output / "copies"
        copies.mkdir()
        assert_plays(copies, await transcoder.copy(source, plan, copies, Progress()))
