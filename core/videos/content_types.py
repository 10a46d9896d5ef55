"""The fixed table of media types we store and serve; what is not in it is opaque bytes."""

from pathlib import PurePosixPath

OPAQUE = "application/octet-stream"
_TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".mp4": "video/mp4",
    ".m4s": "video/mp4",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".vtt": "text/vtt",
}


def content_type_of(name: str) -> str:
    """Return the media type that belongs to a file name's ending."""
    return _TYPES.get(PurePosixPath(name).suffix, OPAQUE)
