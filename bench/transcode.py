"""Everything that is promised of transcoding, in one run on the same clips."""

from collections.abc import AsyncIterator, Collection
from pathlib import Path

from bench import chunked, ladder, playable, workers
from bench.clips import THOROUGH, Effort
from bench.table import Table

PARTS = {"ladder": ladder, "chunked": chunked, "workers": workers, "playable": playable}


async def measure(folder: Path, effort: Effort = THOROUGH, parts: Collection[str] = PARTS) -> AsyncIterator[Table]:
    """Yield the tables as they are filled."""
    clips = folder / "clips"
    clips.mkdir()
    for name, part in PARTS.items():
        if name in parts:
            own = folder / name
            own.mkdir()
            for table in await part.measure(clips, own, effort):
                yield table
