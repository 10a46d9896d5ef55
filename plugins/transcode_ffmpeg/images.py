"""Gives the images that ffmpeg numbered the names and numbers they have in the whole video."""

from collections.abc import Sequence
from pathlib import Path

from core.api import Plan, Sheet
from plugins.transcode_ffmpeg.grid import PosterMoment, pictures_before
from plugins.transcode_ffmpeg.outputs import POSTERS, SHEETS

_FLAT = 0.25
"""A poster with less than this share of the bytes of the largest shows next to nothing: black, or a title."""


def collect_posters(folder: Path, moments: Sequence[PosterMoment]) -> tuple[str, ...]:
    """Return the posters, best first."""
    sizes: dict[str, int] = {}
    for number, moment in enumerate(moments, start=2):
        taken, name = folder / (POSTERS % number), f"poster_{moment.number}.jpg"
        if taken.exists():
            sizes[name] = taken.rename(folder / name).stat().st_size
    _delete_rest(folder, POSTERS)
    largest = max(sizes.values(), default=0)
    return tuple(sorted(sizes, key=lambda name: sizes[name] < _FLAT * largest))


def collect_sheets(folder: Path, plan: Plan, begin: int, end: int) -> tuple[Sheet, ...]:
    """Return the sheets with the pictures of the frames from `begin` to before `end`."""
    if plan.storyboard is None:
        return ()
    first, last = pictures_before(plan, begin), pictures_before(plan, end)
    full = plan.storyboard.columns * plan.storyboard.rows
    sheets = []
    for count, number in enumerate(range(first, last, full), start=2):
        tiled, name = folder / (SHEETS % count), f"storyboard_{number:05}.jpg"
        if tiled.exists():
            tiled.rename(folder / name)
            sheets.append(Sheet(name=name, first=number, pictures=min(full, last - number)))
    _delete_rest(folder, SHEETS)
    return tuple(sheets)


def _delete_rest(folder: Path, pattern: str) -> None:
    for path in folder.glob(pattern.replace("%05d", "*")):
        path.unlink()
