"""Reads back what ffmpeg wrote: real durations, sizes, bit rates and codecs, nothing that was only asked for."""

import re
from collections.abc import Sequence
from pathlib import Path

from core.api import EncodedRendition, EncodedSet, Plan, Segment
from plugins.transcode_ffmpeg.boxes import codecs
from plugins.transcode_ffmpeg.commands import AUDIO, POSTER

_SEGMENT = re.compile(r"#EXTINF:([0-9.]+),[^\n]*\n(?:#[^\n]*\n)*([^#\n]+)")
_INIT = re.compile(r'#EXT-X-MAP:URI="([^"]+)"')


def read_set(folder: Path, plan: Plan, sizes: Sequence[tuple[str, int, int]]) -> EncodedSet:
    """Return what is in the folder, and delete ffmpeg's own playlists: players get theirs from the application.

    `sizes` holds name, width and height of each video rendition. Raises ValueError when a rendition has no segments.
    """
    rate = float(plan.frame_rate)
    renditions = [_read(folder, name, width=width, height=height, frame_rate=rate) for name, width, height in sizes]
    if plan.info.audio:
        renditions.append(_read(folder, AUDIO))
    poster = POSTER if (folder / POSTER).exists() else None
    for playlist in folder.glob("*.m3u8"):
        playlist.unlink()
    duration = max(sum(segment.duration for segment in rendition.segments) for rendition in renditions)
    return EncodedSet(renditions=tuple(renditions), duration=duration, poster=poster)


def _read(
    folder: Path, name: str, *, width: int | None = None, height: int | None = None, frame_rate: float | None = None
) -> EncodedRendition:
    path = folder / f"{name}.m3u8"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    init = _INIT.search(text)
    segments = tuple(
        Segment(name=file, duration=float(seconds), size=(folder / file).stat().st_size)
        for seconds, file in _SEGMENT.findall(text)
    )
    if init is None or not segments:
        raise ValueError(f"ffmpeg left no segments of {name}")
    return EncodedRendition(
        name=name,
        kind="audio" if width is None else "video",
        codecs=codecs((folder / init[1]).read_bytes()),
        peak_bandwidth=peak_bandwidth(segments),
        average_bandwidth=_bandwidth(segments),
        width=width,
        height=height,
        frame_rate=frame_rate,
        init=init[1],
        segments=segments,
    )


def peak_bandwidth(segments: Sequence[Segment]) -> int:
    """Return the highest bit rate of any run of segments that lasts 0.5 to 1.5 target durations (RFC 8216, 4.1)."""
    target = max(1, round(max(segment.duration for segment in segments)))
    peak = _bandwidth(segments)
    for first in range(len(segments)):
        duration = 0.0
        for last in range(first, len(segments)):
            duration += segments[last].duration
            if duration > 1.5 * target:
                break
            if duration >= 0.5 * target:
                peak = max(peak, _bandwidth(segments[first : last + 1]))
    return peak


def _bandwidth(segments: Sequence[Segment]) -> int:
    duration = sum(segment.duration for segment in segments)
    return round(sum(segment.size for segment in segments) * 8 / duration)
