"""The transcoder with its default settings, and the folder in which media are made once."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.processes import Finished, run
from core.testing.media import media_folder
from core.transcoding import Transcoder
from plugins.transcode_ffmpeg import probe
from plugins.transcode_ffmpeg.ffmpeg_transcoder import open_transcoder
from plugins.transcode_ffmpeg.settings import TranscodeSettings

PROBE_CPU_SECONDS = 3
"""What THREATS T-7 and T-8 allow; of the processor's time, which a busy machine does not change."""


@pytest.fixture
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return media_folder(tmp_path_factory)


@pytest.fixture
async def transcoder() -> AsyncIterator[Transcoder]:
    async with open_transcoder(TranscodeSettings()) as opened:
        yield opened


@pytest.fixture
def output(tmp_path: Path) -> Path:
    folder = tmp_path / "output"
    folder.mkdir()
    return folder


@pytest.fixture
def probes(monkeypatch: pytest.MonkeyPatch) -> list[Finished]:
    """Every probe's child that has ended, and what it cost."""
    children: list[Finished] = []

    async def watched(*arguments: object, **options: object) -> Finished:
        children.append(await run(*arguments, **options))  # type: ignore[arg-type]  # handed on as they are
        return children[-1]

    monkeypatch.setattr(probe, "run", watched)
    return children
