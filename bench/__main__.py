"""`python -m bench [name …]`: run the benches named, or all, and print their tables."""

import argparse
import asyncio
import re
import tempfile
import time
from collections.abc import AsyncIterator, Collection
from pathlib import Path

from bench import transcode, upload
from bench.clips import QUICK, THOROUGH, Effort
from bench.table import Table
from core.logs import configure_logs
from core.settings import LogSettings

NAMES = ("upload", "transcode", *transcode.PARTS)
_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}


def _size(text: str) -> int:
    """Return bytes of what reads 512M, 5G, 5GiB or 1000."""
    found = re.fullmatch(r"([1-9][0-9]*)([KMG]?)(?:iB)?", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text} is no size: write 512M or 5G")
    return int(found[1]) * _UNITS[found[2]]


async def _tables(names: Collection[str], size: int, effort: Effort, folder: Path) -> AsyncIterator[Table]:
    if not names or "upload" in names:
        own = folder / "upload"
        own.mkdir()
        yield await upload.measure(own, size)
    parts = transcode.PARTS if not names or "transcode" in names else [name for name in names if name != "upload"]
    own = folder / "transcode"
    own.mkdir()
    async for table in transcode.measure(own, effort, parts):
        yield table


async def main(names: Collection[str], size: int, effort: Effort) -> None:
    """Run the benches one after another in a temporary folder, and print each table when it is complete."""
    configure_logs(LogSettings(level="error"))
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async for table in _tables(names, size, effort, Path(folder)):
            print(f"\n{table}\n({time.monotonic() - started:.0f} s)", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure what the project claims.")
    parser.add_argument("names", nargs="*", metavar="name", choices=[*NAMES, []], help=f"of {', '.join(NAMES)}")
    parser.add_argument("--size", type=_size, default=upload.DEFAULT_SIZE, help="of the uploaded file, such as 5G")
    parser.add_argument("--quick", action="store_true", help="transcode shorter clips, once: a look, no proof")
    chosen = parser.parse_args()
    asyncio.run(main(chosen.names, chosen.size, QUICK if chosen.quick else THOROUGH))
