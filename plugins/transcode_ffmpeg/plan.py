"""Decides, from what the probe found alone, which renditions a video gets and at what frame rate."""

from fractions import Fraction

from core.api import MediaInfo, MediaRejected, Plan, Reason, Rung, VideoStream
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

_SHORT_FILE = 60
_RIGHT_ANGLES = (90, 270)
_STEREO = 2
_RATES = (44100, 48000)
HDR_TRANSFERS = frozenset({"smpte2084", "arib-std-b67"})


def plan(info: MediaInfo, settings: TranscodeSettings) -> Plan:
    """Choose rungs, frame rate, and whether the source may be offered as it is. Raises MediaRejected."""
    width, height = display_size(info.video)
    _check_limits(info, width, height, settings)
    rungs = _rungs(width, height, settings.ladder)
    rate = frame_rate(info.video, settings.max_output_fps)
    refusal = _copy_refusal(info, rungs[0], rate, settings)
    return Plan(info=info, rungs=rungs, frame_rate=rate, copy_refused=refusal)


def display_size(video: VideoStream) -> tuple[int, int]:
    """Return width and height in square pixels, the way round that people see."""
    ratio = video.sample_aspect_ratio if video.sample_aspect_ratio > 0 else Fraction(1)
    width, height = round(video.width * ratio), video.height
    return (height, width) if video.rotation in _RIGHT_ANGLES else (width, height)


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


def copies_audio(info: MediaInfo) -> bool:
    """Tell whether the first sound track plays in every browser as it is."""
    audio = info.audio[0]
    return (audio.codec, audio.profile) == ("aac", "LC") and audio.channels <= _STEREO and audio.sample_rate in _RATES


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
        (video.sample_aspect_ratio == 1, f"sample aspect ratio {video.sample_aspect_ratio}"),
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
