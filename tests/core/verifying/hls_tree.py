"""A small HLS tree that keeps every rule, made by the bundled ffmpeg alone, and ways to break it."""

import itertools
import re
from collections.abc import Sequence
from pathlib import Path

from core.testing.media import ffmpeg

SECONDS = 4
RATE = 25
FRAMES = SECONDS * RATE
SIZES = {"high": (320, 180), "low": (160, 90)}

_H264 = (
    "-c:v",
    "libx264",
    "-preset",
    "ultrafast",
    "-profile:v",
    "baseline",
    "-pix_fmt",
    "yuv420p",
    "-sc_threshold",
    "0",
)
_EXTINF = re.compile(r"#EXTINF:([0-9.]+),\n(.+)")
_CODECS = {"high": "avc1.42c00c", "low": "avc1.42c00b"}


async def make_tree(folder: Path) -> Path:
    """Write two variants and a sound track into the empty folder, and return the master playlist."""
    for name in SIZES:
        await make_pictures(folder, name)
    await make_sound(folder)
    return write_master(folder)


async def make_pictures(
    folder: Path,
    name: str,
    *options: str,
    size: tuple[int, int] | None = None,
    flags: str = "independent_segments",
    gop: int = RATE,
) -> None:
    """Encode a variant's pictures, in place of what it has."""
    width, height = size or SIZES[name]
    source = ["-f", "lavfi", "-i", f"testsrc2=duration={SECONDS}:size={width}x{height}:rate={RATE}"]
    keys = ["-g", str(gop), "-keyint_min", str(gop)]
    await _segment(folder, name, [*source, *_H264, *keys, *options], flags)


async def make_sound(folder: Path, *before: str, seconds: float = SECONDS) -> None:
    """Encode the sound track, in place of what there is."""
    tone = ["-f", "lavfi", *before, "-i", f"sine=frequency=440:sample_rate=48000:duration={seconds}"]
    await _segment(folder, "audio", [*tone, "-c:a", "aac", "-b:a", "64k"], "independent_segments")


async def repackage(folder: Path, name: str, *inputs: str) -> None:
    """Cut a variant anew from its own packets, read with other `inputs`, and what they add."""
    whole = folder / f"{name}.whole.mp4"
    content = [folder / f"{name}_init.mp4", *sorted(folder.glob(f"{name}_[0-9].m4s"))]
    whole.write_bytes(b"".join(path.read_bytes() for path in content))
    await _segment(folder, name, [*inputs, "-i", whole.name, "-c", "copy"], "independent_segments")


async def _segment(folder: Path, name: str, arguments: Sequence[str], flags: str) -> None:
    for path in folder.glob(f"{name}_*"):
        path.unlink()
    hls = [
        "-f",
        "hls",
        "-hls_segment_type",
        "fmp4",
        "-hls_time",
        "1" if "split" in flags else "0.99",
        "-hls_playlist_type",
        "vod",
    ]
    hls += ["-hls_flags", flags, "-avoid_negative_ts", "disabled", "-hls_fmp4_init_filename", f"{name}_init.mp4"]
    await ffmpeg([*arguments, *hls, "-hls_segment_filename", f"{name}_%d.m4s", f"{name}.m3u8"], folder)


def write_master(folder: Path) -> Path:
    """Write the master playlist from durations in the playlists and sizes on disk; the target duration is a second."""
    peaks, averages = {}, {}
    for name in (*SIZES, "audio"):
        found = _EXTINF.findall((folder / f"{name}.m3u8").read_text())
        bits = [(8 * (folder / file).stat().st_size, float(seconds)) for seconds, file in found]
        averages[name] = sum(size for size, _ in bits) / sum(seconds for _, seconds in bits)
        runs = [bits[first:last] for first, last in itertools.combinations(range(len(bits) + 1), 2)]
        rates = [(sum(size for size, _ in run), sum(seconds for _, seconds in run)) for run in runs]
        peaks[name] = max(size / seconds for size, seconds in rates if 0.5 <= seconds <= 1.5)
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    lines.append('#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Tone",DEFAULT=YES,AUTOSELECT=YES,URI="audio.m3u8"')
    for name, (width, height) in SIZES.items():
        attributes = [
            f"BANDWIDTH={round(peaks[name] + peaks['audio'])}",
            f"AVERAGE-BANDWIDTH={round(averages[name] + averages['audio'])}",
            f'CODECS="{_CODECS[name]},mp4a.40.2"',
            f"RESOLUTION={width}x{height}",
            f"FRAME-RATE={RATE:.3f}",
            'AUDIO="sound"',
        ]
        lines += [f"#EXT-X-STREAM-INF:{','.join(attributes)}", f"{name}.m3u8"]
    master = folder / "master.m3u8"
    master.write_text("\n".join(lines) + "\n")
    return master


def replace(path: Path, old: str, new: str, *, count: int = 1) -> None:
    """Replace text that has to be there."""
    text = path.read_text()
    assert old in text, f"{old!r} is not in {path.name}: {text}"
    path.write_text(text.replace(old, new, count))


def delay(segment: Path, ticks: int) -> None:
    """Move a segment in time, by the base of its decoding times (ISO/IEC 14496-12, 8.8.12)."""
    data = bytearray(segment.read_bytes())
    at = data.index(b"tfdt") + 4
    width = 8 if data[at] else 4
    base = int.from_bytes(data[at + 4 : at + 4 + width], "big") + ticks
    data[at + 4 : at + 4 + width] = base.to_bytes(width, "big")
    segment.write_bytes(data)
