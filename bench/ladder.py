"""What the whole ladder costs: our encode, the bare ffmpeg that decodes once, and one ffmpeg for each rendition."""

from collections.abc import Callable, Coroutine
from pathlib import Path

from bench.clips import FOOTAGE, make_1080p
from bench.programs import Cost, Meter, run_ffmpeg
from bench.table import Table, ratios
from core.services import configure_from
from core.transcoding import Plan, Rung, Transcoder

SECONDS = 6
ROUNDS = 2

Way = Callable[[Path], Coroutine[None, None, Cost]]


async def measure(folder: Path) -> Table:
    """Run the three ways in turns."""
    source = await make_1080p(folder / "source.mp4", SECONDS, FOOTAGE)
    settings, plugins = configure_from({"plugins": ["transcode_ffmpeg"], "data_dir": str(folder / "data")})
    async with plugins.hooks.provider("transcoder", settings=settings) as transcoder:
        plan = transcoder.plan(await transcoder.probe(source))
        ways: dict[str, Way] = {
            "ours: one decode, poster, sandbox, checked": lambda output: _ours(transcoder, source, plan, output),
            "bare ffmpeg, one decode": lambda output: run_ffmpeg(_bare(source, plan.rungs), output),
            "one ffmpeg a rendition": lambda output: _one_by_one(source, plan.rungs, output),
        }
        costs: dict[str, list[Cost]] = {name: [] for name in ways}
        for turn in range(ROUNDS):
            for number, (name, way) in enumerate(ways.items()):
                output = folder / f"{turn}-{number}"
                output.mkdir()
                costs[name].append(await way(output))
    return _table(costs, plan.rungs)


async def _ours(transcoder: Transcoder, source: Path, plan: Plan, output: Path) -> Cost:
    async def report(_: float) -> None:
        pass

    meter = Meter()
    await transcoder.encode(source, plan, output, report)
    return meter.cost()


def _encoder(rung: Rung) -> list[str]:
    rate = ["-maxrate", str(rung.max_bitrate), "-bufsize", str(2 * rung.max_bitrate)]
    keyframes = ["-g", "120", "-keyint_min", "120", "-sc_threshold", "0"]
    return ["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-profile:v", "high", *rate, *keyframes]


_SOUND = ["-map", "0:a:0", "-c:a", "aac", "-b:a", "128k", "-ar", "48000", "-ac", "2"]
_HLS = ["-f", "hls", "-hls_segment_type", "fmp4", "-hls_time", "3.99", "-hls_playlist_type", "event"]
_HLS += ["-hls_flags", "independent_segments+temp_file"]


def _bare(source: Path, rungs: tuple[Rung, ...]) -> list[str]:
    """The graph as everybody would write it: decode, split, scale, and the encoders with their own idea of threads."""
    split = f"[0:v]split={len(rungs)}" + "".join(f"[s{index}]" for index in range(len(rungs)))
    scales = [f"[s{i}]scale={r.width}:{r.height}:flags=bicubic,setsar=1[v{i}]" for i, r in enumerate(rungs)]
    arguments = ["-i", str(source), "-filter_complex", ";".join([split, *scales])]
    for index, rung in enumerate(rungs):
        arguments += ["-map", f"[v{index}]"]
        for option, value in zip(*[iter(_encoder(rung))] * 2, strict=True):
            arguments += [f"{option}:{index}" if option in ("-maxrate", "-bufsize") else option, value]
    variants = " ".join([*(f"v:{index},agroup:a" for index in range(len(rungs))), "a:0,agroup:a"])
    names = ["-hls_fmp4_init_filename", "%v_init.mp4", "-hls_segment_filename", "%v_%05d.m4s"]
    return [*arguments, *_SOUND, *_HLS, *names, "-var_stream_map", variants, "%v.m3u8"]


async def _one_by_one(source: Path, rungs: tuple[Rung, ...], output: Path) -> Cost:
    meter = Meter()
    for rung in rungs:
        size = ["-map", "0:v:0", "-vf", f"scale={rung.width}:{rung.height}:flags=bicubic,setsar=1"]
        names = ["-hls_fmp4_init_filename", f"{rung.name}.mp4", "-hls_segment_filename", f"{rung.name}_%05d.m4s"]
        arguments = ["-i", str(source), *size, *_encoder(rung), *_SOUND, *_HLS, *names, f"{rung.name}.m3u8"]
        await run_ffmpeg(arguments, output)
    return meter.cost()


def _table(costs: dict[str, list[Cost]], rungs: tuple[Rung, ...]) -> Table:
    ours = next(iter(costs.values()))
    names = "/".join(rung.name for rung in rungs)
    table = Table(
        f"Ladder {names} of {SECONDS} s 1080p30, {ROUNDS} rounds in turns",
        ["way", "CPU s", "wall s", "ours / it, CPU", "ours / it, wall"],
        "Promised: at most 1.05 of the bare ffmpeg's CPU, at most 0.65 of one ffmpeg a rendition.",
    )
    for name, each in costs.items():
        cpu, wall = [cost.cpu for cost in each], [cost.wall for cost in each]
        mine = ratios([cost.cpu for cost in ours], cpu), ratios([cost.wall for cost in ours], wall)
        table.rows.append([name, f"{sum(cpu) / len(cpu):.1f}", f"{sum(wall) / len(wall):.1f}", *mine])
    return table
