"""`python -m bench [name …]`: run the modules named, or all, and print their tables."""

import argparse
import asyncio
import functools
import re
import tempfile
import time
from pathlib import Path

from bench import ladder, playable, upload
from core.logs import configure_logs
from core.settings import LogSettings

MODULES = {"upload": upload, "playable": playable, "ladder": ladder}
_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}


def _size(text: str) -> int:
    """Return bytes of what reads 512M, 5G, 5GiB or 1000."""
    found = re.fullmatch(r"([1-9][0-9]*)([KMG]?)(?:iB)?", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text} is no size: write 512M or 5G")
    return int(found[1]) * _UNITS[found[2]]


async def main(names: list[str], size: int) -> None:
    """Run the benches one after another, each in a temporary folder."""
    configure_logs(LogSettings(level="error"))
    ways = {name: module.measure for name, module in MODULES.items()}
    ways["upload"] = functools.partial(upload.measure, size=size)
    for name in names or ways:
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix=f"bench-{name}-") as folder:
            table = await ways[name](Path(folder))
        print(f"\n{table}\n({time.monotonic() - started:.0f} s)", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure what the project claims.")
    parser.add_argument("names", nargs="*", metavar="name", choices=[*MODULES, []], help=f"of {', '.join(MODULES)}")
    parser.add_argument("--size", type=_size, default=upload.DEFAULT_SIZE, help="of the uploaded file, such as 5G")
    chosen = parser.parse_args()
    asyncio.run(main(chosen.names, chosen.size))
