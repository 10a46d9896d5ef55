"""Small media made on the spot with ffmpeg: an ordinary clip, and every odd file that people really upload."""

from pathlib import Path

from core.testing.media.bombs import BOMBS
from core.testing.media.clips import ffmpeg, make_clip, media_folder
from core.testing.media.containers import CONTAINERS
from core.testing.media.damage import DAMAGED, NO_VIDEOS
from core.testing.media.disguises import DISGUISED, DISGUISES
from core.testing.media.makers import Maker
from core.testing.media.pictures import PICTURES
from core.testing.media.rare import RARE_CODECS, RARE_CONTAINERS
from core.testing.media.references import REFERENCES
from core.testing.media.sounds import SOUNDS
from core.testing.media.streams import ESCAPING_NAME, PLACE_BYTES, SCRIPT_TITLE, STREAMS
from core.testing.media.timing import TIMING

__all__ = [
    "BOMBS",
    "DISGUISES",
    "ESCAPING_NAME",
    "ODD_MEDIA",
    "PLACE_BYTES",
    "RARE_CODECS",
    "SCRIPT_TITLE",
    "Maker",
    "ffmpeg",
    "make_clip",
    "make_odd",
    "media_folder",
]

ODD_MEDIA: dict[str, Maker] = {
    **CONTAINERS,
    **PICTURES,
    **TIMING,
    **SOUNDS,
    **STREAMS,
    **REFERENCES,
    **RARE_CODECS,
    **RARE_CONTAINERS,
    **DISGUISED,
    **BOMBS,
    **DAMAGED,
    **NO_VIDEOS,
}
"""File name → how it is made. What becomes of each is for a transcoder's tests to say."""


async def make_odd(name: str, folder: Path) -> Path:
    """Return the odd file of that name (a key of ODD_MEDIA), made in `folder` unless it is there already."""
    path = folder / name
    if not path.exists():
        try:
            await ODD_MEDIA[name](path)
        except BaseException:
            path.unlink(missing_ok=True)  # the next test must not take a half for the whole
            raise
    return path
