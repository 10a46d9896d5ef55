"""Small media made on the spot with ffmpeg: an ordinary clip, and every odd file that people really upload."""

import zipfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import imageio_ffmpeg
import pytest

from core.processes import MIB, Limits, run

_LIMITS = Limits(memory=4096 * MIB, processes=512, niceness=0)
_H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
_SMALL = (320, 180)

Maker = Callable[[Path], Awaitable[None]]


def media_folder(factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which media are made once for all tests of this run."""
    folder = factory.getbasetemp() / "media"
    folder.mkdir(exist_ok=True)
    return folder


async def ffmpeg(arguments: Sequence[str], folder: Path) -> None:
    """Run ffmpeg in `folder`, where relative names are read and written."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-loglevel", "error", "-y", *arguments]
    await run(command, limits=_LIMITS, deadline=60, writable=folder)


async def make_clip(
    path: Path,
    *,
    seconds: float = 2,
    size: tuple[int, int] = (640, 360),
    rate: str = "30",
    audio: bool = True,
    options: Sequence[str] = _H264,
) -> Path:
    """Write a moving test picture with a tone; `options` are ffmpeg's for the output. A file that exists is kept."""
    if not path.exists():
        picture = f"testsrc2=duration={seconds}:size={size[0]}x{size[1]}:rate={rate}"
        sound = ("-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:duration={seconds}") if audio else ()
        await ffmpeg(["-f", "lavfi", "-i", picture, *sound, *options, path.name], path.parent)
    return path


async def make_odd(name: str, folder: Path) -> Path:
    """Return the odd file of that name (a key of ODD_MEDIA), made in `folder` unless it is there already."""
    path = folder / name
    if not path.exists():
        await ODD_MEDIA[name](path)
    return path


def _clip(*options: str, audio: bool = True, seconds: float = 1.0, size: tuple[int, int] = _SMALL) -> Maker:
    async def make(path: Path) -> None:
        await make_clip(path, seconds=seconds, size=size, audio=audio, options=(*_H264, *options))

    return make


def _raw(*arguments: str) -> Maker:
    async def make(path: Path) -> None:
        await ffmpeg([*arguments, path.name], path.parent)

    return make


def _text(content: str) -> Maker:
    async def make(path: Path) -> None:
        # Nothing between an empty file and a kilobyte may be uploaded.
        path.write_text(content and content.ljust(1024, "\n"), encoding="utf-8")

    return make


def _cut(share: float, *options: str) -> Maker:
    async def make(path: Path) -> None:
        whole = await make_clip(path.with_suffix(".whole.mp4"), size=_SMALL, seconds=10, options=(*_H264, *options))
        path.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * share)])

    return make


async def _rotated(path: Path) -> None:
    landscape = await make_clip(path.with_suffix(".landscape.mp4"), seconds=1, size=(640, 360), options=_H264)
    await ffmpeg(["-display_rotation", "-90", "-i", landscape.name, "-c", "copy", path.name], path.parent)


async def _changing_size(path: Path) -> None:
    """Two MPEG-TS files one after the other are one again, whose pictures change their size in the middle."""
    parts = [
        await make_clip(path.with_suffix(f".{width}.ts"), seconds=1, size=(width, height), audio=False, options=_H264)
        for width, height in ((320, 180), (480, 360))
    ]
    path.write_bytes(b"".join(part.read_bytes() for part in parts))


async def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("video.mp4", b"not a video " * 1000)


_TONE = ("-f", "lavfi", "-i", "sine=duration=1")
_PICTURE = ("-f", "lavfi", "-i", "testsrc2=duration=1:size=320x180:rate=30")
_FAR_APART = "testsrc2=duration=2:size=320x180:rate=1,settb=1,setpts=N*36000"

ODD_MEDIA: dict[str, Maker] = {
    "portrait_phone.mp4": _rotated,
    "odd_size.mp4": _clip("-vf", "scale=321:241,setsar=1", "-c:v", "mpeg4", "-q:v", "5", size=(640, 360)),
    "variable_rate.mp4": _clip("-vf", "select=not(mod(n\\,3))+lt(n\\,12)", "-fps_mode", "vfr", seconds=2),
    "ten_bit.mp4": _clip("-pix_fmt", "yuv420p10le"),
    "hdr.mp4": _clip("-pix_fmt", "yuv420p10le", "-color_trc", "smpte2084", "-color_primaries", "bt2020",
                     "-colorspace", "bt2020nc"),
    "full_chroma.mp4": _clip("-pix_fmt", "yuv444p"),
    "interlaced.mp4": _clip("-vf", "tinterlace=interleave_top", "-flags", "+ilme+ildct", size=(320, 192)),
    "anamorphic.mp4": _clip("-vf", "setsar=4/3"),
    "fast.mp4": _clip("-vf", "fps=120"),
    "surround.mp4": _clip("-ac", "6"),
    "late_sound.mp4": _raw(*_PICTURE, "-itsoffset", "0.5", *_TONE, *_H264),
    "long_sound.mp4": _raw(*_PICTURE, "-f", "lavfi", "-i", "sine=duration=5", *_H264),
    "several_keyframes.mp4": _clip("-g", "30", "-bf", "2", seconds=9),
    "transport_stream.ts": _clip("-c:a", "aac"),
    "matroska.mkv": _clip("-g", "30"),
    "no_duration.webm": _clip("-c:v", "vp8", "-c:a", "libopus", "-f", "webm", "-live", "1"),
    "no_audio.mp4": _clip(audio=False),
    "one_frame.mp4": _clip("-frames:v", "1", audio=False),
    "changing_size.ts": _changing_size,
    "audio_only.mp4": _raw(*_TONE),
    "cover_art.mp3": _raw(*_TONE, *_PICTURE, "-map", "0", "-map", "1", "-frames:v", "1", "-c:v", "png",
                          "-disposition:v", "attached_pic"),
    "rare_codec.mkv": _clip("-c:v", "ffv1"),
    "rare_audio.mkv": _clip("-c:a", "wmav2"),
    "animation.gif": _raw(*_PICTURE, "-frames:v", "3"),
    "too_small.mp4": _clip(size=(8, 8)),
    "ten_hours_of_nothing.mkv": _raw("-f", "lavfi", "-i", _FAR_APART, *_H264, "-fps_mode", "passthrough"),
    "many_streams.mkv": _raw(*_TONE, *("-map", "0") * 40, "-c:a", "pcm_s16le"),
    "truncated.mp4": _cut(0.5),
    "cut_short.mp4": _cut(0.3, "-movflags", "+faststart"),
    "playlist.mp4": _text("#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"),
    "concat.mp4": _text("ffconcat version 1.0\nfile no_audio.mp4\n"),
    "session.mp4": _text("v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n"),
    "manifest.mp4": _text('<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"></MPD>\n'),
    "text.mp4": _text("Dear diary, this is not a video.\n" * 100),
    "page.mp4": _text("<!doctype html><script>alert(1)</script>\n"),
    "archive.mp4": _zip,
    "empty.mp4": _text(""),
}  # fmt: skip
"""File name → how it is made. What becomes of each is for a transcoder's tests to say."""
