"""Uploads a file to a running site, and waits for what becomes of it."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.running_site import Served
from bench.sending import send_file

_POLL = 0.02
_LONGEST = 1800


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds since the answer to `complete`."""

    playable: float
    whole: float
    copied: bool
    """Whether the first that could be watched was the original."""


async def publish(served: Served, path: Path) -> Timing:
    """Upload a file and wait until all of it is processed. Raises RuntimeError when that fails."""
    video_id = (await send_file(served.browser, path, title=path.stem))["video_id"]
    started = time.monotonic()
    playable = None
    async with asyncio.timeout(_LONGEST):
        while True:
            status: dict[str, Any] = (await served.browser.api("GET", f"/videos/{video_id}/status")).json
            if status["failure"]:
                raise RuntimeError(f"{path.name} failed: {status['failure']}")
            if status["playable"] and playable is None:
                playable = time.monotonic() - started
            if status["state"] == "published" and playable is not None:
                copied = any(step["name"] == "copy" for step in status["steps"])
                return Timing(playable, time.monotonic() - started, copied)
            await asyncio.sleep(_POLL if playable is None else 10 * _POLL)
