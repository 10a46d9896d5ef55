"""How soon an upload can be watched: seconds after the last byte was acknowledged, and its share of the whole work."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.clips import COMPATIBLE, FULL_CHROMA, make_1080p
from bench.programs import run_ffmpeg
from bench.running_site import Served, serving
from bench.sending import send_file
from bench.table import Table

SECONDS = 20
_POLL = 0.02
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds since the answer to `complete`."""

    playable: float
    whole: float
    first: str
    """What was offered first: the original, or the name of a rung."""


async def measure(folder: Path) -> Table:
    """Upload one clip that browsers play as it is, and one they do not."""
    clips = {
        "H.264 + AAC": await make_1080p(folder / "fit.mp4", SECONDS, COMPATIBLE),
        "H.264 4:4:4 + AAC": await make_1080p(folder / "unfit.mp4", SECONDS, FULL_CHROMA),
    }
    table = Table(
        f"Playable: {SECONDS} s of 1080p30, web and worker in one process",
        ["upload", "first version", "playable after s", "whole ladder after s", "playable / whole", "bare `-c copy` s"],
        "Promised: under 5 s for what browsers play as it is; before 15 % of its processing for everything else.",
    )
    async with serving(folder) as served:
        for name, path in clips.items():
            floor = await _floor(path)
            timing = await _timed(served, path)
            share = f"{timing.playable / timing.whole:.1%}"
            table.rows.append(
                [name, timing.first, f"{timing.playable:.2f}", f"{timing.whole:.1f}", share, f"{floor:.2f}"]
            )
    return table


def _first(status: dict[str, Any]) -> str:
    label: str = next(step["label"] for step in status["steps"] if step["name"] == "first")
    return label.rpartition(": ")[2]


async def _floor(path: Path) -> float:
    """Return the seconds ffmpeg alone needs to cut the file into HLS without decoding it."""
    output = path.with_suffix(".floor")
    output.mkdir()
    cut = ["-c", "copy", "-f", "hls", "-hls_segment_type", "fmp4", "-hls_playlist_type", "event", "copy.m3u8"]
    return (await run_ffmpeg(["-i", str(path), *cut], output)).wall


async def _timed(served: Served, path: Path) -> Timing:
    video_id = (await send_file(served.browser, path, title=path.stem))["video_id"]
    started = time.monotonic()
    playable = None
    async with asyncio.timeout(_LONGEST):
        while True:
            status = (await served.browser.api("GET", f"/videos/{video_id}/status")).json
            if status["failure"]:
                raise RuntimeError(f"{path.name} failed: {status['failure']}")
            if status["playable"] and playable is None:
                playable = time.monotonic() - started
            if status["state"] == "published" and playable is not None:
                return Timing(playable, time.monotonic() - started, _first(status))
            await asyncio.sleep(_POLL if playable is None else 10 * _POLL)
