"""The built-in transcoder keeps the contract."""

from collections.abc import AsyncIterator

import pytest

from core.testing.transcoder import RealTranscoderContract
from core.transcoding import Transcoder
from plugins.transcode_ffmpeg.ffmpeg_transcoder import open_transcoder
from plugins.transcode_ffmpeg.settings import TranscodeSettings

pytestmark = pytest.mark.slow


class TestFfmpegTranscoder(RealTranscoderContract):
    @pytest.fixture
    async def transcoder(self) -> AsyncIterator[Transcoder]:
        async with open_transcoder(TranscodeSettings()) as transcoder:
            yield transcoder
