"""Decides, from what the probe found alone, which renditions a video gets and at what frame rate."""

import math
import re
from fractions import Fraction

from core.api import AudioStream, MediaInfo, MediaRejected, Plan, Reason, Rung, Sound, StoryboardPlan, VideoStream
from plugins.transcode_ffmpeg.formats import AUDIO_DECODERS, INDEXED_CONTAINERS
from plugins.transcode_ffmpeg.settings import LadderRung, TranscodeSettings

_STANDARD_RATES = (
    *(Fraction(rate) for rate in (10, 12, 15, 20)),
    Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30),
    Fraction(48), Fraction(50), Fraction(60000, 1001), Fraction(60), Fraction(100), Fraction(120000, 1001),
)  # fmt: skip
_UNKNOWN_RATE = Fraction(30)
_LOWEST_RATE = 5
_RATE_TOLERANCE = Fraction(2, 100)
_OWN_SIZE_GAIN = 1.25
"""A source this much larger than the largest rung below it is worth a rung of its own size."""

_BITS_BY_AREA = 0.75
"""Bits a picture needs grow with its area to about this power."""

_SHORTEST_SEGMENT = 2.0
_LEAST_SEGMENTS = 15
_SQUARE_TOLERANCE = Fraction(5, 1000)
_SHORT_FILE = 60
RIGHT_ANGLES = (90, 270)
_STEREO = 2
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)
_RATES = (44100, 48000)
_AUDIO_FRAME = 1024
"""Samples in a frame of AAC-LC: copied sound may begin late, or end early, by one of them."""

HDR_TRANSFERS = frozenset({"smpte2084", "arib-std-b67"})


def plan(info: MediaInfo, settings: TranscodeSettings) -> Plan:
    """Choose rungs, frame rate, and whether the source may be offered as it is. Raises MediaRejected."""
    width, height = display_size(info.video)
    _check_limits(info, width, height, settings)
    rungs = _rungs(width, height, settings.ladder)
    rate = frame_rate(info.video, settings.max_output_fps)
    return Plan(
        info=info,
        rungs=rungs,
        frame_rate=rate,
        copy_refused=_copy_refusal(info, rungs[0], rate, settings),
        sounds=_sounds(info, settings.max_sounds),
        segment_frames=max(1, round(rate * _segment_seconds(info.duration, settings))),
        storyboard=_storyboard(info.duration, width, height, settings),
    )


def display_size(video: VideoStream) -> tuple[int, int]:
    """Return width and height in square pixels, the way round that people see."""
    width, height = round(video.width * _pixel_ratio(video)), video.height
    return (height, width) if video.rotation in RIGHT_ANGLES else (width, height)


def _pixel_ratio(video: VideoStream) -> Fraction:
    # Scalers write 1280:1281 where they had to round a side to whole pixels.
    ratio = video.sample_aspect_ratio
    return ratio if ratio > 0 and abs(ratio - 1) > _SQUARE_TOLERANCE else Fraction(1)


def frame_rate(video: VideoStream, highest: int) -> Fraction:
    """Return the constant rate of the output: the source's own if it keeps one, else the next standard one above."""
    average, base = video.average_rate, video.base_rate
    if average <= 0:
        rate = _UNKNOWN_RATE
    elif base >= _LOWEST_RATE and abs(base - average) <= _RATE_TOLERANCE * average:
        rate = base
    else:
        rate = next((standard for standard in _STANDARD_RATES if standard >= average), average)
    while rate > highest:
        rate /= 2
    return rate


def _segment_seconds(duration: float, settings: TranscodeSettings) -> float:
    """Return the length of a segment: in a short video less, so that the first is whole soon after the work began."""
    return min(settings.segment_seconds, max(_SHORTEST_SEGMENT, duration / _LEAST_SEGMENTS))


def _sounds(info: MediaInfo, most: int) -> tuple[Sound, ...]:
    """Keep every track that can be decoded, up to a number."""
    usable = [(number, audio) for number, audio in enumerate(info.audio) if is_usable(audio)][:most]
    names = ["audio", *(f"audio_{count}" for count in range(2, most + 1))]
    return tuple(
        Sound(stream=number, name=name, language=_language(audio), copy_refused=sound_refusal(info, audio))
        for name, (number, audio) in zip(names, usable, strict=False)
    )


def _language(audio: AudioStream) -> str | None:
    """Return the language if it is a code: the file could say anything."""
    return audio.language if audio.language and _LANGUAGE.fullmatch(audio.language) else None


def is_usable(audio: AudioStream) -> bool:
    return audio.codec in AUDIO_DECODERS and audio.sample_rate > 0 and audio.channels > 0


def sound_refusal(info: MediaInfo, audio: AudioStream) -> str | None:
    """Return the first rule that keeps browsers from playing the source's own sound, or None."""
    missing = info.duration - (audio.end or 0.0)
    rules = (
        (audio.codec == "aac", f"codec {audio.codec}"),
        (audio.profile == "LC", f"profile {audio.profile}"),
        (audio.channels <= _STEREO, f"{audio.channels} channels"),
        (audio.sample_rate in _RATES, f"{audio.sample_rate} samples per second"),
        # Elsewhere times may jump, or the packets lack what MP4 wants to know about them.
        (is_indexed(info), f"container {info.container}"),
        (abs(audio.start) * audio.sample_rate <= _AUDIO_FRAME, f"begins {audio.start:.3f} seconds after the file"),
        (audio.intact, "damage, or gaps between its packets"),
        (missing * audio.sample_rate <= _AUDIO_FRAME, f"ends {missing:.3f} seconds before the pictures"),
    )
    return next((complaint for kept, complaint in rules if not kept), None)


def is_indexed(info: MediaInfo) -> bool:
    return not INDEXED_CONTAINERS.isdisjoint(info.container.split(","))


def _storyboard(duration: float, width: int, height: int, settings: TranscodeSettings) -> StoryboardPlan:
    interval = max(settings.storyboard_seconds, math.ceil(duration / settings.storyboard_pictures))
    share = min(1.0, settings.storyboard_side / max(width, height))
    small_width, small_height = (max(2, 2 * round(side * share / 2)) for side in (width, height))
    return StoryboardPlan(interval=interval, width=small_width, height=small_height, columns=10, rows=10)


def _check_limits(info: MediaInfo, width: int, height: int, settings: TranscodeSettings) -> None:
    video = info.video
    if info.duration <= 0:
        raise MediaRejected(Reason.DAMAGED, f"a duration of {info.duration} seconds")
    if info.duration > settings.max_duration:
        raise MediaRejected(Reason.TOO_LONG, f"{info.duration:.0f} of {settings.max_duration} seconds")
    if max(width * height, video.width * video.height) > settings.max_pixels:
        raise MediaRejected(Reason.TOO_LARGE, f"{width}x{height} pixels")
    if min(width, height, video.width, video.height) < settings.min_side:
        raise MediaRejected(Reason.TOO_SMALL, f"{width}x{height} pixels")
    if video.average_rate > settings.max_fps:
        raise MediaRejected(Reason.TOO_LARGE, f"{float(video.average_rate):.0f} frames per second")
    frames = round(info.duration * frame_rate(video, settings.max_output_fps))
    if frames > settings.max_frames:
        raise MediaRejected(Reason.TOO_LONG, f"{frames} of {settings.max_frames} frames")
    # Two pictures ten hours apart would become a million.
    if info.duration > _SHORT_FILE and info.size < settings.min_bytes_per_second * info.duration:
        raise MediaRejected(Reason.DAMAGED, f"{info.size} bytes are no {info.duration:.0f} seconds of video")


def _rungs(width: int, height: int, ladder: tuple[LadderRung, ...]) -> tuple[Rung, ...]:
    short = min(width, height)
    sides = [(rung.short_side, rung.kbits * 1000) for rung in ladder if rung.short_side <= short]
    if not sides or short >= _OWN_SIZE_GAIN * sides[0][0]:
        own = _even(short)
        near = min(ladder, key=lambda rung: abs(rung.short_side - own))
        bits = round(near.kbits * 1000 * (own / near.short_side) ** (2 * _BITS_BY_AREA))
        sides.insert(0, (own, bits))
    return tuple(_rung(width, height, side, bits) for side, bits in sides)


def _rung(width: int, height: int, side: int, bits: int) -> Rung:
    longest = max(width, height)
    long = min(2 * round(longest * side / min(width, height) / 2), _even(longest))
    size = (long, side) if width >= height else (side, long)
    return Rung(name=f"{side}p", width=size[0], height=size[1], max_bitrate=bits)


def _even(pixels: int) -> int:
    """Round down: a rung is never larger than its source."""
    return pixels // 2 * 2


def _copy_refusal(info: MediaInfo, rung: Rung, rate: Fraction, settings: TranscodeSettings) -> str | None:
    """Return the first rule that keeps browsers from playing the source's own pictures, or None."""
    video = info.video
    bits = video.bit_rate or info.size * 8 / info.duration
    rules = (
        (video.codec == "h264", f"codec {video.codec}"),
        (video.pixel_format == "yuv420p", f"pixel format {video.pixel_format}"),
        (not video.interlaced, "interlaced"),
        (_pixel_ratio(video) == 1, f"sample aspect ratio {video.sample_aspect_ratio}"),
        (video.rotation == 0, f"rotated by {video.rotation} degrees"),
        (video.transfer not in HDR_TRANSFERS, f"transfer {video.transfer}"),
        (rate == video.base_rate, "no constant frame rate that is output unchanged"),
        (video.keyframe_interval is not None, "closed keyframes not known"),
        (
            (video.keyframe_interval or 0) <= settings.copy_keyframe_seconds,
            f"keyframes {video.keyframe_interval} seconds apart",
        ),
        (bits <= settings.copy_headroom * rung.max_bitrate, f"{bits:.0f} bits per second"),
    )
    return next((complaint for kept, complaint in rules if not kept), None)
