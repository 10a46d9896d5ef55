"""Runs in the sandbox: decodes segments, each alone after its initialisation segment, and prints what they are.

`python -I measure_child.py /segments` reads `init` and the numbered files there, and prints a JSON object a line.
Standard library and PyAV only.
"""

import io
import json
import sys
from itertools import pairwise
from pathlib import Path
from statistics import median_low

import av
from av.container import InputContainer

_MOST_MESSAGES = 5
_LONGEST_MESSAGE = 200
_AUDIO_OBJECT_ESCAPE = 31  # ISO/IEC 14496-3, 1.6.2.1

_Packet = tuple[int | None, int | None, int, bool]
"""Times of showing and decoding, and duration, in ticks; and whether it is a keyframe."""


def main() -> None:
    folder = Path(sys.argv[1])
    av.logging.set_level(av.logging.WARNING)
    av.logging.set_skip_repeated(False)
    init = (folder / "init").read_bytes()
    for path in sorted(folder.glob("[0-9]*")):
        sys.stdout.write(json.dumps(_segment(init + path.read_bytes())) + "\n")


def _segment(data: bytes) -> dict[str, object]:
    with av.logging.Capture(local=False) as logs:
        try:
            with av.open(io.BytesIO(data), mode="r", format="mp4") as container:
                found = _measured(container)
        except (av.error.FFmpegError, ValueError) as error:
            return {"error": str(error)[:_LONGEST_MESSAGE]}
    found["messages"] = [f"{name}: {text.strip()}"[:_LONGEST_MESSAGE] for _, name, text in logs[:_MOST_MESSAGES]]
    return found


def _measured(container: InputContainer) -> dict[str, object]:
    stream = next(iter((*container.streams.video, *container.streams.audio)), None)
    if stream is None or stream.time_base is None:
        raise ValueError("it holds neither pictures nor sound")
    packets: list[_Packet] = []
    sizes, rotations, decoded, corrupt = set(), {0}, 0, 0
    for packet in container.demux(stream):
        if packet.size:
            packets.append((packet.pts, packet.dts, packet.duration or 0, packet.is_keyframe))
        for frame in packet.decode():
            decoded += 1
            corrupt += isinstance(frame, av.frame.Frame) and frame.is_corrupt
            if isinstance(frame, av.VideoFrame):
                sizes.add((frame.width, frame.height))
                rotations.add(frame.rotation)
    ratio = stream.sample_aspect_ratio if isinstance(stream, av.VideoStream) else None
    return {
        **_times(packets),
        "streams": [each.type for each in container.streams],
        "kind": stream.type,
        "codecs": _codecs(stream.codec_context),
        "time_base": [stream.time_base.numerator, stream.time_base.denominator],
        "decoded": decoded,
        "corrupt": corrupt,
        "sizes": sorted(sizes),
        "rotation": max(rotations, key=abs),
        "sample_aspect_ratio": str(ratio or 1),
    }


def _times(packets: list[_Packet]) -> dict[str, object]:
    """Sum up the packets, in ticks. `shown` are times in the order of showing, `dts` those of decoding."""
    timed = [(pts, dts, duration) for pts, dts, duration, _ in packets if pts is not None and dts is not None]
    if not timed or len(timed) != len(packets):
        raise ValueError(f"{len(packets) - len(timed)} of {len(packets)} packets have no time")
    shown = sorted(pts for pts, _, _ in timed)
    dts = [dts for _, dts, _ in timed]
    steps = [after - before for before, after in pairwise(shown)] or [timed[0][2]]
    return {
        "packets": len(packets),
        "first_is_key": packets[0][3],
        "leading": sum(pts < timed[0][0] for pts, _, _ in timed),
        "start": shown[0],
        "end": max(pts + duration for pts, _, duration in timed),
        "decode_start": dts[0],
        "decode_end": dts[-1] + timed[-1][2],
        "not_rising": sum(after <= before for before, after in pairwise(dts)),
        "step": median_low(steps),
        "shortest_step": min(steps),
        "longest_step": max(steps),
    }


def _codecs(context: av.CodecContext) -> str:
    """Return the string of RFC 6381 for H.264 and AAC, else the four letters of the sample entry."""
    configuration = context.extradata or b""
    if context.codec_tag in ("avc1", "avc3"):
        return f"{context.codec_tag}.{configuration[1:4].hex()}"  # profile, constraints, level
    if context.codec_tag == "mp4a" and context.name == "aac" and len(configuration) > 1:
        kind = configuration[0] >> 3
        if kind == _AUDIO_OBJECT_ESCAPE:
            kind = 32 + ((configuration[0] & 7) << 3 | configuration[1] >> 5)
        return f"mp4a.40.{kind}"
    return context.codec_tag


if __name__ == "__main__":
    main()
