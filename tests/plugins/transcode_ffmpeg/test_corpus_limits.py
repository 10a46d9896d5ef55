"""Small files that would cost days end at once by the probe's rules, and in time without them (T-8)."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.testing.media import BOMBS, make_odd
from core.testing.transcoder import Progress
from core.transcoding import MediaRejected, Transcoder
from plugins.transcode_ffmpeg.ffmpeg_transcoder import open_transcoder
from plugins.transcode_ffmpeg.settings import MIB, TranscodeSettings

pytestmark = [pytest.mark.slow, pytest.mark.serial, pytest.mark.timeout(120)]

CPU_SECONDS = 3
UNLIMITED = TranscodeSettings(
    max_duration=10**6,
    max_fps=1000,
    max_pixels=2**31,
    max_streams=1000,
    min_bytes_per_second=0,
    deadline_floor=CPU_SECONDS,
    deadline_ceiling=CPU_SECONDS,
)
HARMLESS = {"announced_for_days.mp4"}
"""What the container says is not believed where its own tables say otherwise."""


@pytest.fixture
async def unlimited() -> AsyncIterator[Transcoder]:
    """The transcoder with the probe's rules switched off."""
    async with open_transcoder(UNLIMITED) as opened:
        yield opened


def test_t08_corpus_has_8_files() -> None:
    assert len(BOMBS.keys() - HARMLESS) >= 8


@pytest.mark.parametrize("name", sorted(BOMBS.keys() - HARMLESS))
async def test_t08_bomb_is_refused_by_the_probe(transcoder: Transcoder, media: Path, name: str) -> None:
    source = await make_odd(name, media)
    started = time.monotonic()
    with pytest.raises(MediaRejected):
        transcoder.plan(await transcoder.probe(source))
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("name", sorted(BOMBS.keys() - HARMLESS))
async def test_t08_second_line_ends_a_bomb(unlimited: Transcoder, media: Path, output: Path, name: str) -> None:
    source = await make_odd(name, media)
    started = time.monotonic()
    try:
        encoded = await unlimited.encode(source, unlimited.plan(await unlimited.probe(source)), output, Progress())
    except MediaRejected:
        encoded = None
    assert time.monotonic() - started < 3 + CPU_SECONDS + 5  # the probe, the encode, and until it is dead
    size = sum(path.stat().st_size for path in output.iterdir())
    assert size < 256 * MIB
    assert encoded is None or encoded.duration < 60
