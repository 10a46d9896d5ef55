"""The ways in which odd files are made: encoded from scratch, wrapped anew, put together, or written as bytes."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from core.testing.media.clips import H264, SMALL, ffmpeg, make_clip

Maker = Callable[[Path], Awaitable[None]]
"""Writes the file of that path, and beside it whatever it is made from."""

TONE = ("-f", "lavfi", "-i", "sine=duration=1")
PICTURE = ("-f", "lavfi", "-i", "testsrc2=duration=1:size=320x180:rate=30")
_COMPACT = (*H264, "-crf", "38")
"""Few enough bits for its size to be offered without re-encoding."""

_LEAST_BYTES = 1024  # nothing between an empty file and a kilobyte may be uploaded


def encoded(
    *options: str, audio: bool = True, seconds: float = 1.0, size: tuple[int, int] = SMALL, rate: str = "30"
) -> Maker:
    """Encode the test picture and a tone as H.264 and the container's usual sound, where `options` say nothing else."""

    async def make(path: Path) -> None:
        await make_clip(path, seconds=seconds, size=size, rate=rate, audio=audio, options=(*_COMPACT, *options))

    return make


def wrapped(*options: str, before: tuple[str, ...] = (), extra: dict[str, "bytes | Maker"] | None = None) -> Maker:
    """Wrap the streams of an ordinary clip anew, without encoding. `before` are options of its input.

    `extra` are files that ffmpeg may read besides, by name.
    """

    async def make(path: Path) -> None:
        ordinary = await make_clip(path.parent / "ordinary.mp4", seconds=1, size=SMALL, options=(*_COMPACT, "-g", "30"))
        for name, content in (extra or {}).items():
            if isinstance(content, bytes):
                (path.parent / name).write_bytes(content)
            else:
                await content(path.parent / name)
        await ffmpeg([*before, "-i", ordinary.name, "-c", "copy", *options, path.name], path.parent)

    return make


def called(*arguments: str) -> Maker:
    """Call ffmpeg with nothing but these arguments and the file's name."""

    async def make(path: Path) -> None:
        await ffmpeg([*arguments, path.name], path.parent)

    return make


def joined(*parts: Maker) -> Maker:
    """Put streams one after the other, byte by byte: what MPEG-TS allows."""

    async def make(path: Path) -> None:
        names = [path.with_suffix(f".{number}.ts") for number in range(len(parts))]
        for name, part in zip(names, parts, strict=True):
            await part(name)
        path.write_bytes(b"".join(name.read_bytes() for name in names))

    return make


def changed(maker: Maker, change: Callable[[bytes], bytes]) -> Maker:
    """Make a file, then change its bytes."""

    async def make(path: Path) -> None:
        await maker(path)
        path.write_bytes(change(path.read_bytes()))

    return make


def replaced(*pairs: tuple[bytes, bytes]) -> Callable[[bytes], bytes]:
    """Return a change that puts other bytes in place of some. Raises ValueError where these are not found."""

    def change(data: bytes) -> bytes:
        for old, new in pairs:
            if old not in data:
                raise ValueError(f"{old!r} is not in the file, so it cannot become {new!r}")
            data = data.replace(old, new)
        return data

    return change


def written(content: bytes) -> Maker:
    """Write bytes."""

    async def make(path: Path) -> None:
        path.write_bytes(content)

    return make


def text(content: str) -> Maker:
    """Write text, long enough to be uploaded."""
    return written(content.ljust(_LEAST_BYTES, "\n").encode())
