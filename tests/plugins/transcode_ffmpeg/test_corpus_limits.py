"""Small files that would cost days end at once by the probe's rules, and in time without them (T-8)."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.processes import Finished, metered
from core.testing.chunks import whole
from core.testing.media import BOMBS, make_odd
from core.testing.transcoder import Progress
from core.transcoding import MediaRejected, Transcoder
from plugins.transcode_ffmpeg.ffmpeg_transcoder import open_transcoder
from plugins.transcode_ffmpeg.settings import MIB, TranscodeSettings
from tests.plugins.transcode_ffmpeg.conftest import PROBE_CPU_SECONDS

pytestmark = [pytest.mark.slow, pytest.mark.serial]

CPU_SECONDS = 3
UNLIMITED = TranscodeSettings(
    max_duration=10**6,
    max_fps=1000,
    max_frames=10**12,
    max_pixels=2**31,
    max_streams=1000,
    min_bytes_per_second=0,
    deadline_floor=CPU_SECONDS,
    deadline_ceiling=CPU_SECONDS,
)
CPU_LIMIT = 8 * CPU_SECONDS
"""What the kernel allows ffmpeg: its deadline on eight processors."""
HARMLESS = {"announced_for_days.mp4"}
"""What the container says is not believed where its own tables say otherwise."""


@pytest.fixture
async def unlimited(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Transcoder]:
    """The transcoder with the probe's rules switched off, on a disk that seems to have room for whatever comes."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10**18))
    async with open_transcoder(UNLIMITED) as opened:
        yield opened


def test_t08_corpus_has_8_files() -> None:
    assert len(BOMBS.keys() - HARMLESS) >= 8


@pytest.mark.parametrize("name", sorted(BOMBS.keys() - HARMLESS))
async def test_t08_bomb_is_refused_by_the_probe(
    transcoder: Transcoder, media: Path, probes: list[Finished], name: str
) -> None:
    source = await make_odd(name, media)
    with pytest.raises(MediaRejected):
        transcoder.plan(await transcoder.probe(source))
    (probed,) = probes
    assert probed.cpu_seconds < PROBE_CPU_SECONDS


@pytest.mark.parametrize("name", sorted(BOMBS.keys() - HARMLESS))
async def test_t08_second_line_ends_a_bomb(unlimited: Transcoder, media: Path, output: Path, name: str) -> None:
    source = await make_odd(name, media)
    with metered() as meter:
        try:
            plan = unlimited.plan(await unlimited.probe(source))
            encoded = await unlimited.encode(source, plan, whole(plan), output, Progress())
        except MediaRejected:
            encoded = None
    assert meter.cpu_seconds < PROBE_CPU_SECONDS + CPU_LIMIT + 5
    size = sum(path.stat().st_size for path in output.iterdir())
    assert size < 256 * MIB
    assert encoded is None or encoded.duration < 60
