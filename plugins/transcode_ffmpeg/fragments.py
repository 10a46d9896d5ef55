"""Reads the times in fragmented MP4 (ISO/IEC 14496-12) that ffmpeg wrote: when each frame of a segment is shown."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

_TREE = {b"moov", b"trak", b"mdia", b"edts", b"moof", b"traf"}
_HEADER = 8
_LARGE_HEADER = 16
_LONGEST_TABLES = 64 << 20
_TFHD_FIELDS = ((0x01, 8), (0x02, 4), (0x08, 4), (0x10, 4), (0x20, 4))  # flag → bytes of its field, in their order
_DEFAULT_DURATION = 0x08
_TRUN_DATA_OFFSET, _TRUN_FIRST_FLAGS = 0x01, 0x04
_TRUN_FIELDS = (0x100, 0x200, 0x400, 0x800)  # duration, size, flags, composition offset: four bytes each


@dataclass(frozen=True, slots=True)
class Clock:
    """What an initialisation segment says of time: ticks per second, the tick that is shown first, and when."""

    ticks_per_second: int
    zero: int
    delay: Fraction


def read_clock(init: bytes) -> Clock:
    """Raises ValueError for what is no initialisation segment."""
    scales, edits = {b"mvhd": 0, b"mdhd": 0}, list[tuple[int, int]]()
    for kind, content in _boxes(init):
        if kind in scales:
            scales[kind] = int.from_bytes(content[20:24] if content[:1] == b"\1" else content[12:16], "big")
        if kind == b"elst":
            edits = list(_edits(content))
    if 0 in scales.values():
        raise ValueError("the initialisation segment has no time scale")
    # Edits of nothing (-1) come before the one that plays.
    empty = sum(length for length, begin in edits if begin < 0)
    zero = next((begin for _, begin in edits if begin >= 0), 0)
    return Clock(scales[b"mdhd"], zero, Fraction(empty, scales[b"mvhd"]))


def _edits(elst: bytes) -> Iterator[tuple[int, int]]:
    """Yield the length of each edit, in ticks of the movie, and where it begins, in ticks of the track."""
    count, row = int.from_bytes(elst[4:8], "big"), struct.Struct(">Qq4x" if elst[:1] == b"\1" else ">Ii4x")
    yield from row.iter_unpack(elst[8 : 8 + count * row.size])


def shown_at(segment: Path, clock: Clock) -> list[Fraction]:
    """Return when the frames of a segment are shown, in seconds, in the order of decoding. Reads no media data."""
    return [begin for begin, _ in _frames(segment, clock)]


def end_of(segment: Path, clock: Clock) -> Fraction:
    """Return when the last frame of a segment is over, in seconds."""
    return max(end for _, end in _frames(segment, clock))


def _frames(segment: Path, clock: Clock) -> Iterator[tuple[Fraction, Fraction]]:
    """Yield when each frame begins and ends."""
    for tables in _movie_fragments(segment):
        decoded, default = 0, 0
        for kind, content in _boxes(tables):
            if kind == b"tfhd":
                default = _default_duration(content)
            if kind == b"tfdt":
                decoded = int.from_bytes(content[4:12] if content[0] else content[4:8], "big")
            if kind == b"trun":
                for duration, offset in _samples(content, default):
                    begin = Fraction(decoded + offset - clock.zero, clock.ticks_per_second) + clock.delay
                    yield begin, begin + Fraction(duration, clock.ticks_per_second)
                    decoded += duration


def _movie_fragments(path: Path) -> Iterator[bytes]:
    """Yield each `moof` box of a file, without reading what lies between."""
    with path.open("rb") as file:
        while len(header := file.read(_HEADER)) == _HEADER:
            size, kind = int.from_bytes(header[:4], "big"), header[4:]
            read = _HEADER
            if size == 1:
                size, read = int.from_bytes(file.read(_HEADER), "big"), _LARGE_HEADER
            if size < read:
                return
            if kind == b"moof" and size <= _LONGEST_TABLES:
                yield header + file.read(size - read)
            else:
                file.seek(size - read, 1)


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 0
    while position + _HEADER <= len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        if size < _HEADER:
            return
        kind, content = data[position + 4 : position + _HEADER], data[position + _HEADER : position + size]
        yield kind, content
        if kind in _TREE:
            yield from _boxes(content)
        position += size


def _default_duration(tfhd: bytes) -> int:
    flags, position = int.from_bytes(tfhd[1:4], "big"), 8
    for flag, length in _TFHD_FIELDS:
        if flag == _DEFAULT_DURATION and flags & flag:
            return int.from_bytes(tfhd[position : position + length], "big")
        position += length if flags & flag else 0
    return 0


def _samples(trun: bytes, default: int) -> Iterator[tuple[int, int]]:
    """Yield duration and composition offset of each frame, in ticks."""
    flags, count = int.from_bytes(trun[1:4], "big"), int.from_bytes(trun[4:8], "big")
    start = 8 + 4 * bool(flags & _TRUN_DATA_OFFSET) + 4 * bool(flags & _TRUN_FIRST_FLAGS)
    present = [bool(flags & field) for field in _TRUN_FIELDS]
    row = struct.Struct(">" + "".join("iiii"[index] for index in range(4) if present[index]))
    if row.size == 0:
        yield from ((default, 0) for _ in range(count))
        return
    for values in row.iter_unpack(trun[start : start + count * row.size]):
        yield (values[0] if present[0] else default), (values[-1] if present[3] else 0)
