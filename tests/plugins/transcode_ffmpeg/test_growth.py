"""What is told while ffmpeg writes: whole segments only, one call after another, at no cost to the encoder."""

import asyncio
from pathlib import Path

import pytest

from core.testing.chunks import whole
from core.testing.media import make_clip
from core.testing.renditions import decode
from core.testing.transcoder_parts import silence
from core.transcoding import EncodedSet, Transcoder
from plugins.transcode_ffmpeg.ffmpeg_transcoder import open_transcoder
from plugins.transcode_ffmpeg.growth import Growth
from plugins.transcode_ffmpeg.playlists import Shape
from plugins.transcode_ffmpeg.settings import TranscodeSettings

pytestmark = pytest.mark.slow

SHAPES = [Shape("720p", 1280, 720, 30.0), Shape("360p", 640, 360, 30.0), Shape("audio")]
HEAD = '#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n'


class Writer:
    """Writes playlists as ffmpeg does."""

    def __init__(self, folder: Path, init: bytes) -> None:
        self._folder = folder
        (folder / "init.mp4").write_bytes(init)

    def lists(self, name: str, count: int, *, ended: bool = False) -> None:
        names = [f"{name}_{number}.m4s" for number in range(count)]
        for segment in names:
            (self._folder / segment).write_bytes(b"x" * 1000)
        lines = "".join(f"#EXTINF:4.000000,\n{segment}\n" for segment in names)
        (self._folder / f"{name}.m3u8").write_text(HEAD + lines + ("#EXT-X-ENDLIST\n" if ended else ""))


@pytest.fixture
async def writer(transcoder: Transcoder, media: Path, output: Path, tmp_path: Path) -> Writer:
    source = await make_clip(media / "two_seconds.mp4", size=(320, 180))
    plan = transcoder.plan(await transcoder.probe(source))
    made = tmp_path / "made"
    made.mkdir()
    encoded = await transcoder.encode(source, plan, whole(plan), made, silence)
    return Writer(output, (made / encoded.renditions[0].init).read_bytes())


async def test_told_is_what_every_rung_has_and_sound_may_be_ahead(writer: Writer, output: Path) -> None:
    told: asyncio.Queue[list[int]] = asyncio.Queue()

    async def grown(so_far: EncodedSet) -> None:
        told.put_nowait([len(rendition.segments) for rendition in so_far.renditions])

    async def conversion() -> float:
        writer.lists("720p", 1)
        writer.lists("360p", 2)
        await asyncio.sleep(0)
        assert told.empty()
        writer.lists("audio", 3)
        assert await told.get() == [1, 1, 3]
        writer.lists("720p", 4)
        writer.lists("360p", 3)
        assert await told.get() == [3, 3, 3]
        for name in ("720p", "360p", "audio"):
            writer.lists(name, 5, ended=True)
        return 7.0

    async with asyncio.timeout(60):
        assert await Growth(output, SHAPES, grown).during(conversion()) == 7.0
    assert told.empty()  # all of it is for whoever reads the whole


async def test_slow_listener_holds_up_nothing_and_is_waited_for(writer: Writer, output: Path) -> None:
    done, calls = asyncio.Event(), []

    async def grown(so_far: EncodedSet) -> None:
        calls.append("begun")
        await done.wait()
        calls.append("ended")

    async def conversion() -> float:
        for name in ("720p", "360p", "audio"):
            writer.lists(name, 1)
        while not calls:
            await asyncio.sleep(0.01)
        for name in ("720p", "360p", "audio"):
            writer.lists(name, 2)
        asyncio.get_running_loop().call_later(0.1, done.set)
        return 0.0

    async with asyncio.timeout(60):
        await Growth(output, SHAPES, grown).during(conversion())
    assert calls == ["begun", "ended"]


async def test_error_of_the_listener_ends_the_conversion(writer: Writer, output: Path) -> None:
    async def grown(so_far: EncodedSet) -> None:
        raise OSError("no room for it")

    async def conversion() -> float:
        for name in ("720p", "360p", "audio"):
            writer.lists(name, 1)
        await asyncio.Event().wait()
        return 0.0

    async with asyncio.timeout(60):
        with pytest.raises(OSError, match="no room"):
            await Growth(output, SHAPES, grown).during(conversion())


async def test_what_is_told_can_be_played_while_ffmpeg_goes_on(media: Path, output: Path) -> None:
    source = await make_clip(media / "twenty_seconds.mp4", seconds=20, size=(640, 360))
    told: list[int] = []

    async def grown(so_far: EncodedSet) -> None:
        for rendition in so_far.renditions:
            assert decode(output, rendition).said == ()
        told.append(len(so_far.renditions[0].segments))

    async with open_transcoder(TranscodeSettings(segment_seconds=1, preset="slow")) as transcoder:
        plan = transcoder.plan(await transcoder.probe(source))
        await transcoder.encode(source, plan, whole(plan), output, silence, grown)
    assert len(told) > 2
    assert told == sorted(set(told))
    assert told[-1] == 20
