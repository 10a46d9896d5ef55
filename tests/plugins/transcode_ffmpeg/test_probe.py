"""What a look at the first picture would miss."""

from pathlib import Path

import pytest

from core.testing.media import make_odd
from core.transcoding import Transcoder
from plugins.transcode_ffmpeg.plan import plan
from plugins.transcode_ffmpeg.settings import TranscodeSettings

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("name", "interlaced"), [("turns_interlaced.ts", True), ("interlaced.mp4", True), ("transport_stream.ts", False)]
)
async def test_interlace_that_begins_later_is_found(
    transcoder: Transcoder,
    media: Path,
    name: str,
    interlaced: bool,  # noqa: FBT001 - a parameter
) -> None:
    info = await transcoder.probe(await make_odd(name, media))
    assert info.video.interlaced is interlaced
    assert (plan(info, TranscodeSettings()).copy_refused == "interlaced") is interlaced
