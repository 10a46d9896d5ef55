"""Clips to measure with, made on the spot: moving, textured, and as hard to encode as a camera's pictures."""

from pathlib import Path

from core.testing.media import ffmpeg

# Grain on top of motion: pure test pictures are several times cheaper to encode than what people upload.
_PICTURE = "mandelbrot=size=480x270:rate=30:end_pts=900,scale=1920:1080,noise=alls=4:allf=t,trim=duration={seconds}"
_SOUND = "anoisesrc=color=pink:amplitude=0.1:sample_rate=48000:duration={seconds}"
_AAC = ("-c:a", "aac", "-b:a", "128k", "-ac", "2")

FOOTAGE = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "17", "-pix_fmt", "yuv420p", "-g", "60", *_AAC)
"""As a camera writes it: some ten Mbit/s with every tool of the high profile, so that decoding has its usual price."""

_QUICK = ("-c:v", "libx264", "-preset", "ultrafast", "-b:v", "6M", "-maxrate", "6M", "-bufsize", "12M", "-g", "60")

COMPATIBLE = (*_QUICK, "-pix_fmt", "yuv420p", *_AAC)
"""What browsers play as it is, at a bit rate that is worth offering."""

FULL_CHROMA = (*_QUICK, "-pix_fmt", "yuv444p", *_AAC)
"""H.264 with colour in full resolution, which no browser plays."""


async def make_1080p(path: Path, seconds: int, options: tuple[str, ...]) -> Path:
    """Write 1080p30 with sound."""
    sources = [part for text in (_PICTURE, _SOUND) for part in ("-f", "lavfi", "-i", text.format(seconds=seconds))]
    await ffmpeg([*sources, *options, "-shortest", path.name], path.parent)
    return path
