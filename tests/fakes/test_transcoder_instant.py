"""The instant transcoder keeps what the contract says of every transcoder."""

from pathlib import Path

import pytest

from core.testing.transcoder import TranscoderContract
from core.transcoding import Transcoder
from tests.fakes.transcoder_instant import InstantTranscoder, instant_video


class TestInstantTranscoder(TranscoderContract):
    @pytest.fixture
    def transcoder(self) -> Transcoder:
        return InstantTranscoder()

    @pytest.fixture
    async def clip(self, tmp_path: Path) -> Path:
        path = tmp_path / "clip.mp4"
        path.write_bytes(instant_video())
        return path
