"""Reads back what ffmpeg wrote: real durations, sizes, bit rates and codecs, nothing that was only asked for."""

import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from core.api import EncodedRendition, EncodedSet, Segment
from plugins.transcode_ffmpeg.boxes import codecs

_SEGMENT = re.compile(r"#EXTINF:([0-9.]+),[^\n]*\n(?:#[^\n]*\n)*([^#\n]+)")
_END = "#EXT-X-ENDLIST"
_INIT = re.compile(r'#EXT-X-MAP:URI="([^"]+)"')


class Shape(NamedTuple):
    """What a rendition is by the plan; sound has neither size nor frame rate."""

    name: str
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None
    language: str | None = None


class Listed(NamedTuple):
    """A rendition as far as its playlist lists it; `ended` tells that nothing more will come."""

    rendition: EncodedRendition
    ended: bool


def read_playlist(folder: Path, shape: Shape) -> Listed | None:
    """Return what ffmpeg's playlist says is whole; None before the first segment is."""
    path = folder / f"{shape.name}.m3u8"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    init = _INIT.search(text)
    segments = tuple(
        Segment(name=file, duration=float(seconds), size=(folder / file).stat().st_size)
        for seconds, file in _SEGMENT.findall(text)
    )
    if init is None or not segments:
        return None
    rendition = EncodedRendition(
        name=shape.name,
        kind="audio" if shape.width is None else "video",
        codecs=codecs((folder / init[1]).read_bytes()),
        peak_bandwidth=peak_bandwidth(segments),
        average_bandwidth=bandwidth(segments),
        width=shape.width,
        height=shape.height,
        frame_rate=shape.frame_rate,
        init=init[1],
        segments=segments,
        language=shape.language,
    )
    return Listed(rendition, _END in text)


def read_set(folder: Path, shapes: Sequence[Shape]) -> EncodedSet:
    """Return what is in the folder, and delete ffmpeg's own playlists: players get theirs from the application.

    Sound tracks that turned out to be empty are left out. Raises ValueError when pictures have no segments.
    """
    found = []
    for shape in shapes:
        listed = read_playlist(folder, shape)
        if listed is not None:
            found.append(listed.rendition)
        elif shape.width is not None:
            raise ValueError(f"ffmpeg left no segments of {shape.name}")
    for playlist in folder.glob("*.m3u8"):
        playlist.unlink()
    return EncodedSet(renditions=tuple(found), duration=longest(found))


def longest(renditions: Sequence[EncodedRendition]) -> float:
    """Return the length in seconds of the longest one."""
    return max((sum(segment.duration for segment in each.segments) for each in renditions), default=0.0)


def with_durations(rendition: EncodedRendition, seconds: Sequence[Fraction]) -> EncodedRendition:
    """Return the rendition with other durations, and the bit rates that follow from them."""
    timed = zip(rendition.segments, seconds, strict=True)
    return with_segments(rendition, [segment.model_copy(update={"duration": float(each)}) for segment, each in timed])


def with_segments(rendition: EncodedRendition, segments: Sequence[Segment]) -> EncodedRendition:
    """Return the rendition with other segments, and the bit rates that follow from them."""
    rates = {"peak_bandwidth": peak_bandwidth(segments), "average_bandwidth": bandwidth(segments)}
    return rendition.model_copy(update={"segments": tuple(segments), **rates})


def peak_bandwidth(segments: Sequence[Segment]) -> int:
    """Return the highest bit rate of any run of segments that lasts 0.5 to 1.5 target durations (RFC 8216, 4.1)."""
    target = max(1, round(max(segment.duration for segment in segments)))
    peak = bandwidth(segments)
    for first in range(len(segments)):
        duration = 0.0
        for last in range(first, len(segments)):
            duration += segments[last].duration
            if duration > 1.5 * target:
                break
            if duration >= 0.5 * target:
                peak = max(peak, bandwidth(segments[first : last + 1]))
    return peak


def bandwidth(segments: Sequence[Segment]) -> int:
    """Return the average bit rate of segments."""
    duration = sum(segment.duration for segment in segments)
    return round(sum(segment.size for segment in segments) * 8 / duration)
