"""What it costs to encode a long video in chunks, of which each could be another worker's: work, bytes, and quality."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from bench.clips import RATE, SMALL, Effort, make_clip
from bench.ours import encode, encode_all, nobody_listens, open_transcoder
from bench.programs import Cost, metered, run_ffmpeg
from bench.table import Table, ratios
from bench.turns import in_turns
from core.testing.chunks import chunks
from core.transcoding import EncodedSet, Plan, Transcoder

_MIB = 2**20
_SSIM = re.compile(r" All:([0-9.]+) ")
_HEADER = ["figure", "whole", "chunked", "chunked / whole", "promised"]


@dataclass(frozen=True, slots=True)
class Made:
    """The parts of a video in playing order, each with its folder, and the sound; and what they cost together."""

    cost: Cost
    parts: Sequence[tuple[Path, EncodedSet]]
    sound: EncodedSet | None = None

    @property
    def size(self) -> int:
        """Bytes of all segments."""
        sets = [encoded for _, encoded in self.parts] + ([self.sound] if self.sound else [])
        return sum(segment.size for each in sets for rung in each.renditions for segment in rung.segments)


async def measure(clips: Path, folder: Path, effort: Effort) -> list[Table]:
    """Encode the same clip whole and in chunks, in turns."""
    source = await make_clip(clips / "long.mp4", SMALL, effort.long)
    async with open_transcoder(folder) as transcoder:
        plan = transcoder.plan(await transcoder.probe(source))
        segments = round(effort.chunk * plan.frame_rate / plan.segment_frames)
        ways = {
            "whole": partial(_whole, transcoder, source, plan),
            "chunked": partial(_chunked, transcoder, source, plan, segments),
        }
        made = await in_turns(ways, effort.rounds, folder)
    quality = {name: await _ssim(each[-1], source, folder / f"{name}.mp4") for name, each in made.items()}
    pieces = len(made["chunked"][-1].parts)
    title = f"Chunks: {effort.long} s of {SMALL.name} in {pieces} of {effort.chunk} s, {effort.rounds} rounds in turns"
    note = (
        f"Sound is encoded apart where there are chunks. SSIM is the top rung's ({plan.rungs[0].name}) to the source."
    )
    return [Table(title, _HEADER, note, [*_rows(made["whole"], made["chunked"], quality)])]


async def _whole(transcoder: Transcoder, source: Path, plan: Plan, output: Path) -> Made:
    async with metered() as cost:
        encoded = await encode_all(transcoder, source, plan, output)
    return Made(cost, [(output / "chunk-0", encoded)])


async def _chunked(transcoder: Transcoder, source: Path, plan: Plan, segments: int, output: Path) -> Made:
    folder = output / "sound"
    folder.mkdir()
    async with metered() as cost:
        parts = [
            (output / f"chunk-{chunk.index}", await encode(transcoder, source, plan, chunk, output))
            for chunk in chunks(plan, segments)
        ]
        sound = await transcoder.encode_sound(source, plan, folder, nobody_listens)
    return Made(cost, parts, sound)


async def _ssim(made: Made, source: Path, target: Path) -> float:
    """Return how much the top rung is like the source, frame by frame; a frame that is missing shifts all others."""
    await asyncio.to_thread(_join, made, target)
    count = f"setpts=N/{RATE}/TB"
    compare = f"[0:v]{count}[one];[1:v]{count}[other];[one][other]ssim=stats_file=ssim.txt"
    await run_ffmpeg(["-i", target.name, "-i", str(source), "-lavfi", compare, "-an", "-f", "null", "-"], target.parent)
    each = [float(found) for found in _SSIM.findall((target.parent / "ssim.txt").read_text())]
    return sum(each) / len(each)


def _join(made: Made, target: Path) -> None:
    with target.open("wb") as file:
        file.write((made.parts[0][0] / made.parts[0][1].renditions[0].init).read_bytes())
        for folder, encoded in made.parts:
            for segment in encoded.renditions[0].segments:
                file.write((folder / segment.name).read_bytes())


def _rows(whole: Sequence[Made], chunked: Sequence[Made], quality: Mapping[str, float]) -> list[list[str]]:
    def row(name: str, of: Callable[[Made], float], digits: int, promised: str) -> list[str]:
        one, other = [of(made) for made in whole], [of(made) for made in chunked]
        return [name, f"{median(one):.{digits}f}", f"{median(other):.{digits}f}", ratios(other, one), promised]

    apart = f"{abs(quality['whole'] - quality['chunked']):.5f} apart"
    return [
        row("CPU s", lambda made: made.cost.cpu, 1, "at most 1.08"),
        row("wall s, one chunk after another", lambda made: made.cost.wall, 1, ""),
        row("MiB", lambda made: made.size / _MIB, 2, "at most 1.05"),
        ["SSIM", f"{quality['whole']:.5f}", f"{quality['chunked']:.5f}", apart, "less than 0.002 apart"],
        row("peak MiB", lambda made: made.cost.peak / _MIB, 0, ""),
    ]
