"""Bit rates of a rendition as RFC 8216 counts them, in bits per second."""

from collections.abc import Sequence

from core.transcoding.encoded import Segment


def average_bandwidth(segments: Sequence[Segment]) -> int:
    """Return the bits of all segments over their duration."""
    duration = sum(segment.duration for segment in segments)
    return round(sum(segment.size for segment in segments) * 8 / duration) if duration else 0


def peak_bandwidth(segments: Sequence[Segment]) -> int:
    """Return the highest bit rate of any run of segments that lasts 0.5 to 1.5 target durations (RFC 8216, 4.1)."""
    target = max(1, round(max((segment.duration for segment in segments), default=1)))
    peak = average_bandwidth(segments)
    for first in range(len(segments)):
        duration = 0.0
        for last in range(first, len(segments)):
            duration += segments[last].duration
            if duration > 1.5 * target:
                break
            if duration >= 0.5 * target:
                peak = max(peak, average_bandwidth(segments[first : last + 1]))
    return peak
