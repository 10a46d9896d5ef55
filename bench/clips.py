"""Clips to measure with, made on the spot: moving, textured, and as hard to decode and to encode as a camera's."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from bench.programs import run_ffmpeg

RATE = 30
"""Frames a second of every clip."""

# Grain on top of motion: pure test pictures are several times cheaper to encode than what people upload.
_MOTION = "mandelbrot=size=480x270:rate={rate}:end_pts={frames},trim=end_frame={frames}"
_PICTURE = f"{_MOTION},scale={{size}},setsar=1,noise=alls=2:allf=t"
_SOUND = "anoisesrc=color=pink:amplitude=0.1:sample_rate=48000:duration={seconds}"


@dataclass(frozen=True, slots=True)
class Picture:
    """What a clip looks like; `kbits` is its highest bit rate, below which our plan offers it as it is."""

    name: str
    width: int
    height: int
    kbits: int


FULL_HD = Picture("1080p", 1920, 1080, 8000)
HD = Picture("720p", 1280, 720, 4500)
SMALL = Picture("480p", 854, 480, 2400)


@dataclass(frozen=True, slots=True)
class Effort:
    """How long what is measured lasts, in seconds, and how often each way is run."""

    clip: int
    long: int
    chunk: int
    rounds: int


THOROUGH = Effort(clip=30, long=240, chunk=80, rounds=3)
QUICK = Effort(clip=8, long=60, chunk=20, rounds=1)


async def make_clip(path: Path, picture: Picture, seconds: int, *, full_chroma: bool = False) -> Path:
    """Return H.264 + AAC, which browsers play, unless it is with `full_chroma`; made once for everybody who asks."""
    if not await asyncio.to_thread(path.exists):
        size = f"{picture.width}:{picture.height}"
        lavfi = _PICTURE.format(rate=RATE, frames=RATE * seconds, size=size), _SOUND.format(seconds=seconds)
        sources = [argument for text in lavfi for argument in ("-f", "lavfi", "-i", text)]
        # A camera's bit rate and every tool of the high profile, so that decoding has its usual share: a ninth.
        rate = ["-crf", "14", "-maxrate", f"{picture.kbits}k", "-bufsize", f"{picture.kbits}k", "-g", str(2 * RATE)]
        video = ["-c:v", "libx264", "-preset", "medium", *rate, "-pix_fmt", "yuv444p" if full_chroma else "yuv420p"]
        sound = ["-c:a", "aac", "-b:a", "128k", "-ac", "2"]
        await run_ffmpeg([*sources, *video, *sound, "-shortest", path.name], path.parent)
    return path
