"""Runs in the sandbox: looks at one file with FFmpeg's libraries and prints what it is. Imports nothing of ours.

`python -I probe_child.py /source '{"containers": …}'` answers `{"info": {…}}` or `{"refused": [reason, detail]}`.
"""

import itertools
import json
import sys
from fractions import Fraction
from typing import Any

import av
from av.audio.stream import AudioStream
from av.codec.context import CodecContext
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

_PACKETS_TO_FIRST_PICTURE = 1000
_KEYFRAMES_LOOKED_AT = 8
_IDR = 5  # NAL unit types of H.264, ISO/IEC 14496-10 table 7-1
_OTHER_SLICE = 1
_UNSPECIFIED = 2
# ISO/IEC 23091-2, by the names ffmpeg uses.
_TRANSFERS = {1: "bt709", 6: "smpte170m", 13: "iec61966-2-1", 16: "smpte2084", 18: "arib-std-b67"}
_MATRICES = {0: "gbr", 1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020nc"}
_SIGNATURES = ((4, b"ftyp"), (4, b"moov"), (4, b"mdat"), (0, b"\x1aE\xdf\xa3"), (0, b"OggS"), (0, b"FLV"), (8, b"AVI "))
"""Offset and bytes of containers; a file that begins so and cannot be read is damaged, not of another kind."""


class Refused(Exception):
    """The file is not what we accept."""


def main() -> None:
    path, rules = sys.argv[1], json.loads(sys.argv[2])
    try:
        answer: dict[str, object] = {"info": _probe(path, rules)}
    except Refused as refusal:
        answer = {"refused": refusal.args}
    except MemoryError:
        answer = {"refused": ("too_large", "looking at it takes more memory than allowed")}
    except (av.error.FFmpegError, UnicodeDecodeError) as error:
        answer = {"refused": ("damaged" if _begins_like_media(path) else "unsupported_format", str(error))}
    sys.stdout.write(json.dumps(answer))


def _begins_like_media(path: str) -> bool:
    with open(path, "rb") as file:  # noqa: PTH123 -- one read in a script of few imports
        head = file.read(16)
    return any(head[offset:].startswith(signature) for offset, signature in _SIGNATURES)


def _probe(path: str, rules: dict[str, Any]) -> dict[str, object]:
    # Probing decodes: only listed decoders may do it, so that nothing rare is ever opened.
    options = {
        "format_whitelist": rules["containers"],
        "protocol_whitelist": rules["protocols"],
        "codec_whitelist": rules["decoders"],
    }
    with av.open(path, options=options) as container:
        if len(container.streams) > rules["max_streams"]:
            raise Refused("too_many_streams", f"{len(container.streams)} streams")
        stream = _shown_video(container, rules)
        audio = _audio(container, rules)
        duration = _duration(container, stream)
        video = _video(container, stream, rules, duration)
        name = container.format.name
    return {"container": name, "duration": duration, "video": video, "audio": audio}


def _shown_video(container: InputContainer, rules: dict[str, Any]) -> VideoStream:
    """Return the first video stream that is not a cover picture."""
    pictures = av.stream.Disposition.attached_pic
    streams = [stream for stream in container.streams.video if not stream.disposition & pictures]
    if not streams:
        raise Refused("no_video", f"only {', '.join(s.type for s in container.streams) or 'no'} streams")
    codec = _codec(streams[0])
    if codec not in rules["video_codecs"]:
        raise Refused("unsupported_codec", f"video codec {codec}")
    width, height = streams[0].codec_context.width, streams[0].codec_context.height
    if width * height > rules["max_pixels"]:
        raise Refused("too_large", f"{width}x{height} pixels")
    if width * height == 0:
        raise Refused("damaged", "the picture has no size")
    return streams[0]


def _codec(stream: VideoStream | AudioStream) -> str:
    # PyAV gives no context where FFmpeg has no decoder, whatever its types say.
    context: CodecContext | None = stream.codec_context
    return context.codec.canonical_name if context else "unknown"


def _audio(container: InputContainer, rules: dict[str, Any]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for stream in container.streams.audio:
        codec = _codec(stream)
        if codec not in rules["audio_codecs"] and not found:
            raise Refused("unsupported_codec", f"audio codec {codec}")
        context = stream.codec_context
        if codec in rules["audio_codecs"] and context.sample_rate and context.layout.nb_channels:
            language = stream.language if stream.language not in (None, "und") else None
            found.append({
                "codec": codec, "profile": context.profile, "channels": context.layout.nb_channels,
                "sample_rate": context.sample_rate, "language": language,
            })  # fmt: skip
        elif not found:
            raise Refused("damaged", "the sound has no sample rate or no channels")
    return found


def _duration(container: InputContainer, stream: VideoStream) -> float:
    """Return seconds as the file announces them; what was recorded in a browser announces none and is read through."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if container.duration:
        return container.duration / av.time_base
    start = end = None
    for packet in container.demux(stream):
        if packet.pts is not None:
            start = packet.pts if start is None else min(start, packet.pts)
            end = max(end or 0, packet.pts + (packet.duration or 0))
    container.seek(0)
    if start is None or end is None or stream.time_base is None:
        raise Refused("damaged", "no packet has a time")
    return float((end - start) * stream.time_base)


def _video(container: InputContainer, stream: VideoStream, rules: dict[str, Any], duration: float) -> dict[str, object]:
    context = stream.codec_context
    context.options = {"max_pixels": str(rules["max_pixels"])}
    context.thread_count = 1  # one picture is wanted, and each thread costs memory
    frame = _first_picture(container, stream)
    average = stream.average_rate or stream.base_rate or Fraction(0)
    return {
        "codec": _codec(stream),
        "profile": context.profile,
        "pixel_format": frame.format.name,
        "width": frame.width,
        "height": frame.height,
        "sample_aspect_ratio": str(stream.sample_aspect_ratio or context.sample_aspect_ratio or Fraction(1)),
        # The file says counter-clockwise; ours is clockwise, and only right angles are turned.
        "rotation": round(-frame.rotation / 90) * 90 % 360,
        "average_rate": str(average),
        "base_rate": str(stream.base_rate or average),
        "interlaced": frame.interlaced_frame,
        "transfer": _named(_TRANSFERS, frame.color_trc),
        "color_space": _named(_MATRICES, frame.colorspace),
        "bit_rate": context.bit_rate or None,
        "keyframe_interval": _keyframe_interval(container, stream, duration),
    }


def _named(names: dict[int, str], value: int) -> str | None:
    return None if value == _UNSPECIFIED else names.get(value, str(value))


def _first_picture(container: InputContainer, stream: VideoStream) -> VideoFrame:
    for packet in itertools.islice(container.demux(stream), _PACKETS_TO_FIRST_PICTURE):
        try:
            for frame in packet.decode():
                return frame
        except av.error.InvalidDataError:
            continue  # players skip broken pictures too
    raise Refused("damaged", "no picture could be decoded")


def _keyframe_interval(container: InputContainer, stream: VideoStream, duration: float) -> float | None:
    """Return the longest distance in seconds between closed keyframes, by the file's own index; None if not known."""
    times = [entry.timestamp for entry in stream.index_entries if entry.is_keyframe]
    if not times or stream.time_base is None or _codec(stream) != "h264":
        return None
    step = max(1, len(times) // _KEYFRAMES_LOOKED_AT)
    if not all(_is_closed(container, stream, time) for time in times[::step]):
        return None
    ends = [*times[1:], times[0] + round(duration / stream.time_base)]
    return float(max(end - time for time, end in zip(times, ends, strict=True)) * stream.time_base)


def _is_closed(container: InputContainer, stream: VideoStream, time: int) -> bool:
    """Tell whether the keyframe at `time` begins a picture sequence that refers to nothing before it."""
    container.seek(time, stream=stream)
    packet = next(iter(container.demux(stream)))
    data, position = bytes(packet), 0
    # Length-prefixed NAL units, as MP4 and Matroska hold them.
    while position + 5 <= len(data):
        kind = data[position + 4] & 0x1F
        if kind in (_IDR, _OTHER_SLICE):
            return kind == _IDR
        position += 4 + int.from_bytes(data[position : position + 4], "big")
    return False


if __name__ == "__main__":
    main()
