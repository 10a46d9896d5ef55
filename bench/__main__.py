"""`python -m bench [name …]`: run the modules named, or all, and print their tables."""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from bench import ladder, playable, upload
from core.logs import configure_logs
from core.settings import LogSettings

MODULES = {"upload": upload, "playable": playable, "ladder": ladder}


async def main(names: list[str]) -> None:
    """Run the benches one after another, each in a temporary folder."""
    if unknown := set(names) - set(MODULES):
        sys.exit(f"There is no bench {', '.join(sorted(unknown))}. There are: {', '.join(MODULES)}.")
    configure_logs(LogSettings(level="error"))
    for name in names or MODULES:
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix=f"bench-{name}-") as folder:
            table = await MODULES[name].measure(Path(folder))
        print(f"\n{table}\n({time.monotonic() - started:.0f} s)", flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
