"""Runs ffmpeg to make small media: an ordinary clip with a moving picture and a tone, and whatever is asked for."""

from collections.abc import Sequence
from pathlib import Path

import imageio_ffmpeg
import pytest

from core.processes import MIB, Limits, run

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
SMALL = (320, 180)
_LIMITS = Limits(memory=4096 * MIB, processes=512, niceness=0)


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
    options: Sequence[str] = H264,
) -> Path:
    """Write a moving test picture with a tone; `options` are ffmpeg's for the output. A file that exists is kept."""
    if not path.exists():
        picture = f"testsrc2=duration={seconds}:size={size[0]}x{size[1]}:rate={rate}"
        sound = ("-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:duration={seconds}") if audio else ()
        await ffmpeg(["-f", "lavfi", "-i", picture, *sound, *options, path.name], path.parent)
    return path
