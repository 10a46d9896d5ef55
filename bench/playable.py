"""How soon an upload can be watched: seconds after the last byte was acknowledged, and its share of the whole work."""

from pathlib import Path
from statistics import median

from bench.clips import FULL_HD, Effort, make_clip
from bench.programs import Cost, metered, run_ffmpeg
from bench.publishing import publish
from bench.running_site import serving
from bench.table import Table, ratios

_HEADER = [
    "upload",
    "first version",
    "playable after s",
    "whole after s",
    "playable / whole",
    "bare `-c copy` s",
    "promised",
]

_SHOWN_SECONDS = 2


async def measure(clips: Path, folder: Path, effort: Effort) -> list[Table]:
    """Upload one clip that browsers play as it is, and one they do not, in turns."""
    uploads = {
        "H.264 + AAC": (await make_clip(clips / f"{FULL_HD.name}.mp4", FULL_HD, effort.clip), "under 5 s"),
        "H.264 4:4:4 + AAC": (
            await make_clip(clips / "full_chroma.mp4", FULL_HD, effort.clip, full_chroma=True),
            "under 15 % of the whole",
        ),
    }
    title = f"Playable: {effort.clip} s of 1080p30, {effort.rounds} rounds in turns"
    note = (
        "From the answer to `complete` on; web and worker in one process. What is encoded is shown from its first "
        f"segment on, which ends at {_SHOWN_SECONDS / effort.clip:.0%} of this clip; the encoder looks ahead besides."
    )
    table = Table(title, _HEADER, note)
    async with serving(folder) as served:
        timings = [
            {name: await publish(served, path) for name, (path, _) in uploads.items()} for _ in range(effort.rounds)
        ]
    for name, (path, promised) in uploads.items():
        each = [timing[name] for timing in timings]
        playable, whole = [one.playable for one in each], [one.whole for one in each]
        first = "the original" if each[0].copied else "the first segment of all rungs"
        floor = (await _floor(path)).wall
        row = [name, first, f"{median(playable):.2f}", f"{median(whole):.1f}", ratios(playable, whole)]
        table.rows.append([*row, f"{floor:.2f}", promised])
    return [table]


async def _floor(path: Path) -> Cost:
    """Return what ffmpeg alone needs to cut the file into HLS without decoding it."""
    output = path.with_suffix(".floor")
    output.mkdir()
    cut = ["-c", "copy", "-f", "hls", "-hls_segment_type", "fmp4", "-hls_playlist_type", "event", "copy.m3u8"]
    async with metered() as cost:
        await run_ffmpeg(["-i", str(path), *cut], output)
    return cost
