"""Every odd file goes through the whole flow and ends published and verified, or failed with its reason (T-14)."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from core.models import Video
from core.testing.media import ODD_MEDIA, make_odd
from core.transcoding import Reason
from core.verifying import Verified
from tests.plugins.transcode_ffmpeg.corpus import Corpus, open_corpus
from tests.plugins.transcode_ffmpeg.corpus_ends import ENDS, NEVER_UPLOADED, Plays

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

_AT_THE_PROBE = {Reason.UNSUPPORTED_FORMAT, Reason.UNSUPPORTED_CODEC, Reason.NO_VIDEO, Reason.TOO_MANY_STREAMS,
                 Reason.TOO_LARGE, Reason.TOO_SMALL, Reason.TOO_LONG}  # fmt: skip

_REAL = Path(os.environ.get("MUTOSCOPE_TEST_MEDIA", Path(__file__).resolve().parents[4] / "shared" / "media"))
# An empty parameter set would be reported as a skip; a made clip stands in where there are no real videos.
REAL_OR_MADE = sorted(each for each in _REAL.glob("*") if each.suffix in {".mp4", ".webm"}) or [Path("no_audio.mp4")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def corpus(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Corpus]:
    async with open_corpus(tmp_path_factory.mktemp("corpus") / "data") as opened:
        yield opened


def shape(verified: Verified) -> Plays:
    """Return what plays, as the table says it."""
    pictures = [rendition for rendition in verified.renditions if rendition.kind == "video"]
    sounds = len(verified.renditions) - len(pictures)
    top = pictures[0]
    return Plays(top.size or "", top.frame_rate or 0, sounds, top.duration or 0)


def names(kind: type[Plays] | type[Reason]) -> list[str]:
    """Return the files of the table that have an end of this kind."""
    return [name for name in ODD_MEDIA if isinstance(ENDS.get(name), kind)]


async def test_every_odd_file_has_an_expected_end() -> None:
    assert ENDS.keys() | {NEVER_UPLOADED} == ODD_MEDIA.keys()
    assert len(ODD_MEDIA) >= 60


@pytest.mark.parametrize("name", names(Plays))
async def test_t14_odd_file_is_published_and_verified(corpus: Corpus, media: Path, name: str) -> None:
    end = await corpus.end_of(await make_odd(name, media))
    assert (end.state, end.code) == ("published", None), end.detail
    found, expected = shape(await corpus.verified(end.video_id)), ENDS[name]
    assert isinstance(expected, Plays)
    assert (found.size, found.sounds) == (expected.size, expected.sounds)
    assert found.rate == pytest.approx(expected.rate, abs=0.01)
    assert found.seconds == pytest.approx(expected.seconds, abs=0.1)
    await corpus.assert_nothing_left(end.video_id)


@pytest.mark.parametrize("path", REAL_OR_MADE, ids=lambda path: path.name)
async def test_real_video_is_published_and_verified(corpus: Corpus, media: Path, path: Path) -> None:
    end = await corpus.end_of(path if path.exists() else await make_odd(path.name, media))
    assert (end.state, end.code) == ("published", None), end.detail
    await corpus.verified(end.video_id)
    await corpus.assert_nothing_left(end.video_id)


@pytest.mark.parametrize("name", names(Reason))
async def test_t02_and_t14_unusable_file_fails_with_its_reason(corpus: Corpus, media: Path, name: str) -> None:
    end = await corpus.end_of(await make_odd(name, media))
    assert (end.state, end.code) == ("failed", ENDS[name]), end.detail
    if end.code in _AT_THE_PROBE:
        # Nothing was decoded: there was never a plan to do so.
        assert (await Video.get(id=end.video_id)).plan is None
    await corpus.assert_nothing_left(end.video_id)
