"""Odd videos whose every picture is one flat grey of its own, so that no frame is taken for another."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from core.testing.media import ffmpeg

SECONDS = 6

# A step of 37 of 219 greys: pictures next to each other are far apart, and none comes again within seven seconds.
_GREYS = "color=black:size=64x36:rate={rate}:duration={seconds},format=yuv420p,geq=lum='16+mod(N*37,219)':cb=128:cr=128"
_TONE = ("-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:duration={SECONDS}")
_H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "10", "-g", "40", "-bf", "2", "-threads", "1")

_PLAIN = "the plain one"
_LATE = ("-itsoffset", "2.3", "-i", _PLAIN, "-i", _PLAIN, "-map", "0:v", "-map", "1:a", "-c", "copy")

Maker = Callable[[Path], Awaitable[None]]


def _greys(rate: str = "30", *options: str, filters: str = "") -> Maker:
    async def make(path: Path) -> None:
        picture = _GREYS.format(rate=rate, seconds=SECONDS) + filters
        await ffmpeg(["-f", "lavfi", "-i", picture, *_TONE, *_H264, *options, path.name], path.parent)

    return make


def _of_plain(*options: str) -> Maker:
    async def make(path: Path) -> None:
        plain = await make_flat("plain.mp4", path.parent)
        await ffmpeg([plain.name if option == _PLAIN else option for option in (*options, path.name)], path.parent)

    return make


_A_LITTLE_LATE = ("-itsoffset", "0.012", *_LATE[2:])

FLAT_MEDIA: dict[str, Maker] = {
    "plain.mp4": _greys(),
    "ntsc.mkv": _greys("30000/1001"),
    "variable_rate.mp4": _greys(filters=",select='not(mod(n\\,3))+lt(mod(n\\,60)\\,20)'"),
    "long_pauses.mkv": _greys(filters=",select='lt(mod(n\\,80)\\,8)'"),
    "edit_list.mp4": _of_plain("-ss", "1.71", "-i", _PLAIN, "-c", "copy"),
    "late_pictures.mp4": _of_plain(*_LATE),
    "off_grid.mp4": _of_plain(*_A_LITTLE_LATE),
    "transport_stream.ts": _greys("25", "-g", "250", "-c:a", "aac"),
    "late_pictures.ts": _of_plain(*_LATE),
    "open_gop.mp4": _greys("30", "-preset", "veryfast", "-bf", "3", "-x264-params", "open-gop=1:scenecut=0"),
    "hdr.mp4": _greys("24", "-vf", "format=yuv420p10le", "-pix_fmt", "yuv420p10le", "-color_trc", "smpte2084",
                      "-color_primaries", "bt2020", "-colorspace", "bt2020nc"),
    "interlaced.mp4": _greys("50", "-vf", "tinterlace=interleave_top,fieldorder=tff", "-flags", "+ilme+ildct"),
    "fast.mp4": _greys("100"),
    "vp9.webm": _greys("30", "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"),
}  # fmt: skip
"""File name → how it is made."""


async def make_flat(name: str, folder: Path) -> Path:
    """Return the video of that name, made in `folder` unless it is there already."""
    path = folder / f"flat_{name}"
    if not path.exists():
        await FLAT_MEDIA[name](path)
    return path
