"""The transcoder with its default settings, and the folder in which media are made once."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.testing.media import media_folder
from core.transcoding import Transcoder
from plugins.transcode_ffmpeg.ffmpeg_transcoder import open_transcoder
from plugins.transcode_ffmpeg.settings import TranscodeSettings


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
