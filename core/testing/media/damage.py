"""Files that end too early, hold something else in their middle, or never were videos."""

import zipfile
from collections.abc import Callable
from pathlib import Path

from core.testing.media.makers import Maker, changed, encoded, text, wrapped, written


def _first(share: float) -> Callable[[bytes], bytes]:
    return lambda data: data[: int(len(data) * share)]


def _zeros(start: float, end: float) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        first, last = int(len(data) * start), int(len(data) * end)
        return data[:first] + bytes(last - first) + data[last:]

    return change


async def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("video.mp4", b"not a video " * 1000)


_FASTSTART = ("-movflags", "+faststart")
_LONG = encoded(seconds=10)

DAMAGED: dict[str, Maker] = {
    "truncated.mp4": changed(_LONG, _first(0.5)),
    "cut_short.mp4": changed(encoded(*_FASTSTART, seconds=10), _first(0.3)),
    "cut_short.mkv": changed(wrapped(), _first(0.6)),
    "cut_short.ts": changed(wrapped(), _first(0.6)),
    "cut_short.avi": changed(encoded("-c:v", "mpeg4", "-c:a", "libmp3lame"), _first(0.6)),
    "header_only.mp4": changed(wrapped(*_FASTSTART), lambda data: data[: data.index(b"mdat") + 4]),
    "zeros_in_the_middle.mp4": changed(wrapped(*_FASTSTART), _zeros(0.4, 0.6)),
    "zeros_at_the_end.mp4": changed(wrapped(*_FASTSTART), _zeros(0.7, 1)),
    "zeros_in_the_middle.ts": changed(wrapped(), _zeros(0.4, 0.6)),
    "begins_in_the_middle.ts": changed(wrapped(), lambda data: data[len(data) // 3 :]),
    "text_behind.mp4": changed(wrapped(), lambda data: data + b"<?php system($_GET['c']); ?>" * 100),
    "no_pictures.mp4": wrapped("-bsf:v", "noise=drop=1"),
}  # fmt: skip

NO_VIDEOS: dict[str, Maker] = {
    "text.mp4": text("Dear diary, this is not a video.\n" * 100),
    "page.mp4": text("<!doctype html><script>alert(1)</script>\n"),
    "archive.mp4": _zip,
    "zeros.mp4": written(bytes(100_000)),
    "noise.mp4": written(bytes(range(256)) * 64),
    "empty.mp4": written(b""),
}
