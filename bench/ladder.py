"""What the whole ladder costs: our encode, the bare ffmpeg that decodes once, and one ffmpeg for each rendition."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median

from bench.clips import FULL_HD, HD, Effort, Picture, make_clip
from bench.other_ways import one_by_one, one_decode
from bench.ours import copy_and_encode, encode_all, open_transcoder
from bench.programs import Cost, metered
from bench.table import Table, ratios
from bench.turns import in_turns

_ENCODED = "ours, all rungs encoded"
_COPIED = "ours, the source as top rung"
_BARE = "bare ffmpeg, one decode"
_EACH = "one ffmpeg a rendition"
_PROMISED = ((_ENCODED, _BARE, "1.05"), (_ENCODED, _EACH, "0.65"), (_COPIED, _EACH, "0.40"))
_MIB = 2**20
_NOTE = (
    "Ours makes posters and a storyboard besides, in a sandbox, and reads what it made; the others only encode. All "
    "run with the same niceness; x264 chooses its own threads but in ours."
)


async def measure(clips: Path, folder: Path, effort: Effort) -> list[Table]:
    """Run the four ways in turns, on a clip of either size."""
    title = f"of {effort.clip} s, {effort.rounds} rounds in turns"
    spent = Table(f"Ladder {title}: what it costs", ["clip", "way", "CPU s", "wall s", "peak MiB"])
    promises = Table(f"Ladder {title}: ratios", ["clip", "ratio", "CPU", "wall", "promised"], _NOTE)
    for picture in (FULL_HD, HD):
        costs = await _costs(picture, clips, folder / picture.name, effort)
        spent.rows += [[picture.name, name, *_medians(each)] for name, each in costs.items()]
        promises.rows += _ratios(picture, costs)
    return [spent, promises]


async def _costs(picture: Picture, clips: Path, folder: Path, effort: Effort) -> dict[str, list[Cost]]:
    source = await make_clip(clips / f"{picture.name}.mp4", picture, effort.clip)
    async with open_transcoder(folder) as transcoder:
        plan = transcoder.plan(await transcoder.probe(source))
        ways: dict[str, Callable[[Path], Awaitable[object]]] = {
            _ENCODED: partial(encode_all, transcoder, source, plan),
            _BARE: partial(one_decode, source, plan.rungs),
            _EACH: partial(one_by_one, source, plan.rungs),
            _COPIED: partial(copy_and_encode, transcoder, source, plan),
        }
        return await in_turns({name: partial(_cost, way) for name, way in ways.items()}, effort.rounds, folder)


async def _cost(way: Callable[[Path], Awaitable[object]], output: Path) -> Cost:
    async with metered() as cost:
        await way(output)
    return cost


def _medians(costs: Sequence[Cost]) -> list[str]:
    peak = max(cost.peak for cost in costs) / _MIB
    return [f"{median(c.cpu for c in costs):.1f}", f"{median(c.wall for c in costs):.1f}", f"{peak:.0f}"]


def _ratios(picture: Picture, costs: Mapping[str, Sequence[Cost]]) -> list[list[str]]:
    rows = []
    for ours, other, promised in _PROMISED:
        cpu = ratios([cost.cpu for cost in costs[ours]], [cost.cpu for cost in costs[other]])
        wall = ratios([cost.wall for cost in costs[ours]], [cost.wall for cost in costs[other]])
        rows.append([picture.name, f"{ours} / {other}", cpu, wall, f"at most {promised}"])
    return rows
