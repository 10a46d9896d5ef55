"""Finds out when the frames of a copy are really shown: playlists round, and the source need not keep any grid."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import chain, pairwise
from pathlib import Path

from core.api import EncodedRendition, Plan
from plugins.transcode_ffmpeg.fragments import end_of, read_clock, shown_at

_TOLERANCE = Fraction(1, 4)
"""Of a frame: less is rounding in the file, more is another grid."""

_GAP = Fraction(1, 2)
"""Of a frame: more, and players show that something is missing."""

_IDR, _SLICES = 5, range(1, 6)  # NAL unit types of H.264, ISO/IEC 14496-10 table 7-1

Times = Sequence[Sequence[Fraction]]
"""For each segment, when its frames are shown."""


def read_times(folder: Path, rendition: EncodedRendition) -> tuple[Times, Fraction]:
    """Return the times of all frames, and the end of the last. Raises ValueError when a segment holds no frame."""
    clock = read_clock((folder / rendition.init).read_bytes())
    times = [sorted(shown_at(folder / segment.name, clock)) for segment in rendition.segments]
    for segment, shown in zip(rendition.segments, times, strict=True):
        if not shown:
            raise ValueError(f"{segment.name} holds no frame")
    return times, end_of(folder / rendition.segments[-1].name, clock)


def check_closed(folder: Path, rendition: EncodedRendition) -> None:
    """Raise ValueError unless every segment begins with an IDR picture: others refer to what came before.

    The probe looks at a few keyframes only, and a file may have both kinds. What is not understood is not copied.
    """
    for segment in rendition.segments:
        kind = _first_slice(folder / segment.name)
        if kind != _IDR:
            raise ValueError(f"{segment.name} begins with a slice of type {kind}, not with an IDR picture")


def _first_slice(segment: Path) -> int | None:
    """Return the NAL unit type of the first picture in a segment's `mdat`, where units come after their length."""
    with segment.open("rb") as file:
        while len(header := file.read(8)) == 8:
            if header[4:] == b"mdat":
                break
            file.seek(int.from_bytes(header[:4], "big") - 8, 1)
        while len(header := file.read(5)) == 5:
            if (kind := header[4] & 0x1F) in _SLICES:
                return kind
            file.seek(int.from_bytes(header[:4], "big") - 1, 1)
    return None


def lengths(times: Times, end: Fraction) -> list[Fraction]:
    """Return how many seconds each segment lasts: from its first frame to that of the next."""
    starts = [*(shown[0] for shown in times), end]
    return [end - start for start, end in pairwise(starts)]


def check_gapless(times: Times, plan: Plan) -> None:
    """Raise ValueError unless frame comes after frame, about as long as one lasts, from the beginning to the end."""
    frame = 1 / plan.frame_rate
    # Before 0 is what an edit list hides; it would be seen in a copy.
    if abs(times[0][0]) > frame:
        raise ValueError(f"the first picture comes at {float(times[0][0]):.3f} seconds")
    for before, after in pairwise(chain.from_iterable(times)):
        if abs(after - before - frame) > frame * _GAP:
            raise ValueError(f"a picture comes {float(after - before):.3f} seconds after the one before")
    missing = plan.frames - sum(map(len, times))
    if abs(missing) > 1:
        raise ValueError(f"{missing} of {plan.frames} pictures are missing")


def cuts_on_grid(times: Times, plan: Plan) -> tuple[int, ...] | None:
    """Return the numbers of the frames that begin the segments; None unless the frames are those of the plan."""
    cuts, number = [], 0
    for shown in times:
        cuts.append(number)
        for time in shown:
            if abs(time * plan.frame_rate - number) > _TOLERANCE:
                return None
            number += 1
    return tuple(cuts) if number == plan.frames else None
