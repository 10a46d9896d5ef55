"""Describes the pictures and the sounds of an open file, as JSON can hold it."""

import contextlib
import itertools
from fractions import Fraction
from typing import Any

import av
from av.audio.stream import AudioStream
from av.codec.context import CodecContext
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from .refusal import Refused
from .times import Times

_PACKETS_TO_FIRST_PICTURE = 1000
_KEYFRAMES_LOOKED_AT = 8
_PICTURES_LOOKED_AT = 8
_LEAST_SHARE = 0.9
_SLACK_SECONDS = 2.0
_INTERLACED = range(2, 6)  # AVFieldOrder of FFmpeg: 0 is unknown, 1 progressive
_IDR, _OTHER_SLICE = 5, 1  # NAL unit types of H.264, ISO/IEC 14496-10 table 7-1
_UNSPECIFIED = 2  # here and below: ISO/IEC 23091-2, by the names ffmpeg uses
_TRANSFERS = {1: "bt709", 6: "smpte170m", 13: "iec61966-2-1", 16: "smpte2084", 18: "arib-std-b67"}
_MATRICES = {0: "gbr", 1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020nc"}
_KEPT_RATE = Fraction(9, 10)
"""The share of frames that has to come one frame after the one before where a file keeps its rate."""


def described(
    container: InputContainer, stream: VideoStream, times: dict[int, Times], rules: dict[str, Any]
) -> dict[str, object]:
    """Return the fields of `core.transcoding.MediaInfo` but the size. Raises Refused for what cannot be used."""
    begin = Fraction(container.start_time or 0, av.time_base)
    audio = _audio(container, times, begin, rules)
    duration = _seconds(stream, times[stream.index].end) - float(begin)
    _require_whole(container, stream, duration)
    return {
        "container": container.format.name,
        "duration": duration,
        "video": _video(container, stream, times[stream.index], rules),
        "audio": audio,
    }


def _require_whole(container: InputContainer, stream: VideoStream, seconds: float) -> None:
    """Refuse what ends long before its index does, as an interrupted copy does; other containers only estimate."""
    if "mov" not in container.format.name or stream.duration is None or stream.time_base is None:
        return
    announced = float(stream.duration * stream.time_base)
    if seconds < min(announced * _LEAST_SHARE, announced - _SLACK_SECONDS):
        raise Refused("damaged", f"the pictures end after {seconds:.1f} of {announced:.1f} seconds")


def shown_video(container: InputContainer, rules: dict[str, Any]) -> VideoStream:
    """Return the first video stream that is not a cover picture."""
    pictures = av.stream.Disposition.attached_pic
    streams = [stream for stream in container.streams.video if not stream.disposition & pictures]
    if not streams:
        raise Refused("no_video", f"only {', '.join(s.type for s in container.streams) or 'no'} streams")
    codec = _codec(streams[0])
    if codec not in rules["video_codecs"]:
        raise Refused("unsupported_codec", f"video codec {codec}")
    width, height = streams[0].codec_context.width, streams[0].codec_context.height
    if not 0 < width * height <= rules["max_pixels"]:
        raise Refused("too_large" if width * height else "damaged", f"{width}x{height} pixels")
    return streams[0]


def _codec(stream: VideoStream | AudioStream) -> str:
    # PyAV gives no context where FFmpeg has no decoder, whatever its types say.
    context: CodecContext | None = stream.codec_context
    return context.codec.canonical_name if context else "unknown"


def _audio(
    container: InputContainer, times: dict[int, Times], begin: Fraction, rules: dict[str, Any]
) -> list[dict[str, object]]:
    """Describe every sound stream, so that their numbers are those of the file; one of them has to be usable."""
    found = [_sound(stream, times.get(stream.index, Times()), begin) for stream in container.streams.audio]
    decoded = [sound for sound in found if sound["codec"] in rules["audio_codecs"]]
    if found and not decoded:
        raise Refused("unsupported_codec", f"audio codec {found[0]['codec']}")
    if decoded and not any(sound["sample_rate"] and sound["channels"] for sound in decoded):
        raise Refused("damaged", "the sound has no sample rate or no channels")
    return found


def _sound(stream: AudioStream, times: Times, begin: Fraction) -> dict[str, object]:
    context: CodecContext | None = stream.codec_context
    return {
        "codec": _codec(stream),
        "profile": context and context.profile,
        "channels": stream.channels if context else 0,
        "sample_rate": (context and stream.sample_rate) or 0,
        "language": stream.language if stream.language not in (None, "und") else None,
        "start": _seconds(stream, times.begin) - float(begin),
        "end": None if times.end is None else _seconds(stream, times.end) - float(begin),
        "intact": times.decodes and times.gapless(),
    }


def _seconds(stream: VideoStream | AudioStream, ticks: int | None) -> float:
    return float((ticks or 0) * (stream.time_base or 0))


def _video(container: InputContainer, stream: VideoStream, times: Times, rules: dict[str, Any]) -> dict[str, object]:
    context = stream.codec_context
    context.options = {"max_pixels": str(rules["max_pixels"])}
    context.thread_count = 1  # one picture is wanted, and each thread costs memory
    frame = _first_picture(container, stream)
    average = _average_rate(stream, times)
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
        "interlaced": frame.interlaced_frame or _later_interlaced(container, stream, times),
        "transfer": _named(_TRANSFERS, frame.color_trc),
        "color_space": _named(_MATRICES, frame.colorspace),
        "bit_rate": context.bit_rate or None,
        "keyframe_interval": _keyframe_interval(container, stream, times),
    }


def _average_rate(stream: VideoStream, times: Times) -> Fraction:
    """Return the rate the file says, unless its frames keep another: the length of short files has a delay in it."""
    average, base = stream.average_rate, stream.base_rate
    if average and base and stream.time_base:
        frame = 1 / base / stream.time_base
        bound = max(Fraction(1), frame / 10)
        steps = times.steps()
        kept = sum(abs(step - frame) <= bound for step in steps)
        if steps and kept >= _KEPT_RATE * len(steps):
            return base
    return average or base or Fraction(0)


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


def _later_interlaced(container: InputContainer, stream: VideoStream, times: Times) -> bool:
    """Tell whether the file says so, or any of a few pictures behind the first: titles are progressive, more often."""
    if stream.codec_context.field_order in _INTERLACED:
        return True
    length = (times.end or times.begin) - times.begin
    for part in range(1, _PICTURES_LOOKED_AT):
        # Damage there is for others to judge; what cannot be sought is judged by its first picture.
        with contextlib.suppress(av.error.FFmpegError, Refused):
            container.seek(times.begin + length * part // _PICTURES_LOOKED_AT, stream=stream)
            if _first_picture(container, stream).interlaced_frame:
                return True
    return False


def _keyframe_interval(container: InputContainer, stream: VideoStream, shown: Times) -> float | None:
    """Return the longest distance in seconds between closed keyframes, by the file's own index; None if not known."""
    with contextlib.suppress(av.error.FFmpegError):  # files that begin before 0 cannot all be sought to their beginning
        container.seek(0, stream=stream)  # Matroska reads its index only now
    times = [entry.timestamp for entry in stream.index_entries if entry.is_keyframe]
    if not times or stream.time_base is None or _codec(stream) != "h264":
        return None
    step = max(1, len(times) // _KEYFRAMES_LOOKED_AT)
    if not all(_is_closed(container, stream, time) for time in times[::step]):
        return None
    ends = [*times[1:], max(times[-1], shown.end or 0)]
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
