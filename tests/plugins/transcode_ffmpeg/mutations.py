"""Damages files as transport, disks and malice do; the same seed damages the same file in the same way (T-14)."""

from collections.abc import Callable
from random import Random

GOOD_FILES = (
    "faststart.mp4",
    "hevc.mp4",
    "captions.mp4",
    "fragmented.mp4",
    "quicktime.mov",
    "prores.mov",
    "matroska.mkv",
    "vp9_opus.webm",
    "vp8_vorbis.webm",
    "divx.avi",
    "transport_stream.ts",
    "flash.flv",
)
"""What is damaged: one of each container, most of the codecs."""

_HEADER_BYTES = 2048
_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
"""Where programs that count go wrong."""


def truncate(data: bytearray, random: Random) -> None:
    """Lose the end."""
    del data[random.randrange(len(data) // 10, len(data)) :]


def flip_bits(data: bytearray, random: Random) -> None:
    """Flip up to a thousandth of all bits, anywhere."""
    for _ in range(random.randint(1, max(2, len(data) * 8 // 1000))):
        place = random.randrange(len(data) * 8)
        data[place // 8] ^= 1 << place % 8


def zero_range(data: bytearray, random: Random) -> None:
    """Fill up to a quarter with zeros, as a download does that was never finished."""
    start, size = _range(data, random)
    data[start : start + size] = bytes(size)


def cut_block(data: bytearray, random: Random) -> None:
    """Lose something from the middle."""
    start, size = _range(data, random)
    del data[start : start + size]


def repeat_block(data: bytearray, random: Random) -> None:
    """Have something twice."""
    start, size = _range(data, random)
    data[start:start] = data[start : start + size]


def move_block(data: bytearray, random: Random) -> None:
    """Have something in another place."""
    start, size = _range(data, random)
    block = data[start : start + size]
    del data[start : start + size]
    place = random.randrange(len(data) + 1)
    data[place:place] = block


def change_header(data: bytearray, random: Random) -> None:
    """Put extreme numbers where headers are: in the first or the last 2 KiB."""
    for _ in range(random.randint(1, 8)):
        offset = random.randrange(min(_HEADER_BYTES, len(data) - 4))
        place = offset if random.random() < 0.5 else len(data) - 4 - offset
        size = random.choice((1, 2, 4))
        number = random.choice(_NUMBERS) & (1 << 8 * size) - 1
        data[place : place + size] = number.to_bytes(size, random.choice(("big", "little")))


MUTATIONS: tuple[Callable[[bytearray, Random], None], ...] = (
    truncate,
    flip_bits,
    zero_range,
    cut_block,
    repeat_block,
    move_block,
    change_header,
)


def mutate(data: bytes, seed: int) -> bytes:
    """Return the data after one to three mutations; never less than the kilobyte that may be uploaded."""
    random = Random(seed)  # noqa: S311 -- damage, not a secret
    changed = bytearray(data)
    # Every kind comes first in its turn, so that few seeds reach all of them.
    MUTATIONS[seed % len(MUTATIONS)](changed, random)
    for mutation in random.sample(MUTATIONS, random.randint(0, 2)):
        mutation(changed, random)
    return bytes(changed.ljust(1024, b"\0"))


def _range(data: bytearray, random: Random) -> tuple[int, int]:
    """Return the start and the size of a block of up to a quarter of the data."""
    size = random.randint(1, max(1, len(data) // 4))
    return random.randrange(max(1, len(data) - size)), size
