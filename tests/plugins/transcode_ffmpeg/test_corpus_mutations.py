"""Damaged files end published and verified, or failed with a reason, within a minute, and leave nothing (T-14).

30 of them in every run; `MUTOSCOPE_TEST_MUTATIONS=300` for a night.
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from core.testing.media import make_odd
from core.transcoding import Reason
from tests.plugins.transcode_ffmpeg.corpus import LONGEST_SECONDS, Corpus, open_corpus
from tests.plugins.transcode_ffmpeg.mutations import GOOD_FILES, MUTATIONS, mutate

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

COUNT = int(os.environ.get("MUTOSCOPE_TEST_MUTATIONS", "30"))
# A damaged file is at fault itself: it neither wears out the attempts nor waits for a deadline.
REASONS = set(Reason) - {
    Reason.TOO_MANY_ATTEMPTS, Reason.STORAGE_FULL, Reason.DEADLINE_EXCEEDED, Reason.NO_PROGRESS,
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def corpus(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Corpus]:
    async with open_corpus(tmp_path_factory.mktemp("mutations") / "data") as opened:
        yield opened


async def test_same_seed_does_the_same_damage() -> None:
    data = bytes(range(256)) * 100
    assert mutate(data, 7) == mutate(data, 7) != mutate(data, 8)
    assert all(mutate(data, seed) != data for seed in range(len(MUTATIONS)))


@pytest.mark.parametrize("seed", range(COUNT))
async def test_t14_damaged_file_ends(corpus: Corpus, media: Path, tmp_path: Path, seed: int) -> None:
    good = await make_odd(GOOD_FILES[seed % len(GOOD_FILES)], media)
    damaged = tmp_path / good.name
    damaged.write_bytes(mutate(good.read_bytes(), seed))
    end = await corpus.end_of(damaged)
    assert end.seconds < LONGEST_SECONDS
    if end.state == "published":
        assert await corpus.findings(end.video_id) == ()
    else:
        assert end.state == "failed"
        assert end.code in REASONS, end.detail
    await corpus.assert_nothing_left(end.video_id)
