"""A disguised playlist makes nobody read another file, nor send a request (CVE-2016-1897, CVE-2017-9993)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.testing.chunks import whole
from core.testing.transcoder import Progress
from core.transcoding import MediaRejected, Reason, Transcoder
from plugins.transcode_ffmpeg.ffmpeg_transcoder import open_transcoder
from plugins.transcode_ffmpeg.plan import plan
from plugins.transcode_ffmpeg.settings import TranscodeSettings
from tests.plugins.transcode_ffmpeg.facts import an_info

pytestmark = pytest.mark.slow

DISGUISES = {
    "hls": "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{target}\n#EXT-X-ENDLIST\n",
    "hls_concat": "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nconcat:{target}|{target}\n#EXT-X-ENDLIST\n",
    "hls_key": '#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-KEY:METHOD=AES-128,URI="{target}"\n#EXTINF:4,\n{target}\n',
    "hls_map": '#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MAP:URI="{target}"\n#EXTINF:4,\n{target}\n',
    "ffconcat": "ffconcat version 1.0\nfile '{target}'\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
    'mediaPresentationDuration="PT4S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1">'
    "<BaseURL>{target}</BaseURL></Representation></AdaptationSet></Period></MPD>",
    "asx": '<asx version="3.0"><entry><ref href="{target}"/></entry></asx>',
    "rtsp_redirect": "RTSPtext\n{target}\n",
    "ffmetadata": ";FFMETADATA1\ntitle={target}\n",
    "svg": '<svg xmlns="http://www.w3.org/2000/svg"><image href="{target}"/></svg>',
}


@pytest.fixture
async def listener() -> AsyncIterator[tuple[str, list[str]]]:
    """A server that counts who connects."""
    visitors: list[str] = []

    async def meet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visitors.append("somebody")
        writer.close()

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/segment.ts", visitors


@pytest.fixture(params=["auto", "off"])
async def transcoder(request: pytest.FixtureRequest) -> AsyncIterator[Transcoder]:
    """With the sandbox and without: neither line of defence rests on the other."""
    async with open_transcoder(TranscodeSettings(sandbox=request.param)) as opened:
        yield opened


@pytest.mark.parametrize("disguise", DISGUISES)
async def test_disguised_playlist_is_refused_and_fetches_nothing(
    transcoder: Transcoder, tmp_path: Path, output: Path, listener: tuple[str, list[str]], disguise: str
) -> None:
    canary, source = tmp_path / "canary.mp4", tmp_path / "source.mp4"
    canary.write_text("canary" * 100)
    address, visitors = listener
    for target in (address, canary.as_uri(), canary.name):
        source.write_text(DISGUISES[disguise].format(target=target))
        with pytest.raises(MediaRejected) as rejected:
            await transcoder.probe(source)
        assert rejected.value.reason == Reason.UNSUPPORTED_FORMAT
    # The second line: even a probe that was fooled leaves ffmpeg with the same short list of formats.
    source.write_text(DISGUISES[disguise].format(target=address))
    fooled = plan(an_info(duration=4), TranscodeSettings())
    with pytest.raises(MediaRejected):
        await transcoder.encode(source, fooled, whole(fooled), output, Progress())
    assert visitors == []
    assert not any(b"canary" in path.read_bytes() for path in output.iterdir())
