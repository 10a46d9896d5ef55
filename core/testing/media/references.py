"""Movies whose pictures lie in another file, as QuickTime's `dref` allows (T-9; CVE-2026-49246)."""

import struct

from core.testing.media.makers import Maker, changed, wrapped

_ABOVE = (b"moov", b"trak", b"mdia", b"minf", b"dinf")
_VOLUME, _NAME = b"disk", b"passwd"
_ABSOLUTE_PATH, _END = 2, 0xFFFF


def _alias(path: bytes) -> bytes:
    """Return the body of a `dref` box that refers to the file at `path` by an alias record of version 2."""
    record = struct.pack(">10xB27s12xB63s16xHH16x", len(_VOLUME), _VOLUME, len(_NAME), _NAME, 0, 0)
    record += struct.pack(">HH", _ABSOLUTE_PATH, len(path)) + path.ljust(len(path) + len(path) % 2, b"\0")
    record += struct.pack(">HH", _END, 0)
    return struct.pack(">II", 0, 1) + struct.pack(">I4sI", 12 + len(record), b"alis", 0) + record


def _refer(boxes: bytes) -> bytes:
    """Let every track of these boxes refer to a file of the system. What is behind them moves: `mdat` is first."""
    written, place = b"", 0
    while place < len(boxes):
        size, kind = struct.unpack_from(">I4s", boxes, place)
        body = boxes[place + 8 : place + size]
        if kind in _ABOVE:
            body = _refer(body)
        elif kind == b"dref":
            body = _alias(b"/etc/passwd")
        written += struct.pack(">I4s", 8 + len(body), kind) + body
        place += size
    return written


REFERENCES: dict[str, Maker] = {"external_pictures.mov": changed(wrapped(), _refer)}
