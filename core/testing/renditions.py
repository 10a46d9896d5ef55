"""Decodes what a transcoder made, as a player would: whole, in order, from the first picture to the last."""

import io
from dataclasses import dataclass
from pathlib import Path

import av

from core.transcoding import EncodedRendition, EncodedSet


@dataclass(frozen=True, slots=True)
class Decoded:
    """What came out of one rendition. `times` are presentation times in seconds, in the order of decoding."""

    times: tuple[float, ...]
    end: float
    shapes: frozenset[tuple[int, int, float]]
    """Width, height and sample aspect ratio of every picture; empty for sound."""
    middles: tuple[int, ...]
    """Brightness in the middle of every picture, in the order of `times`: what tells flat pictures apart."""
    said: tuple[str, ...]
    """What the decoder complained about."""


def decode(folder: Path, rendition: EncodedRendition) -> Decoded:
    """Decode the initialisation segment and all media segments. Raises av.error.FFmpegError at the first mistake."""
    names = [rendition.init, *(segment.name for segment in rendition.segments)]
    data = io.BytesIO(b"".join((folder / name).read_bytes() for name in names))
    times, end, shapes, middles = [], 0.0, set(), []
    with av.logging.Capture() as said, av.open(data, mode="r") as container:
        for frame in container.decode(container.streams[0]):
            if not isinstance(frame, av.VideoFrame | av.AudioFrame) or frame.time is None:
                raise TypeError(f"{rendition.name} holds a frame that is neither timed picture nor timed sound")
            times.append(frame.time)
            if isinstance(frame, av.VideoFrame):
                ratio = container.streams.video[0].sample_aspect_ratio
                shapes.add((frame.width, frame.height, float(ratio or 1)))
                middles.append(_middle(frame))
            else:
                end = max(end, frame.time + frame.samples / frame.sample_rate)
    words = tuple(message for _, _, message in said)
    return Decoded(tuple(times), end or max(times), frozenset(shapes), tuple(middles), words)


def _middle(frame: av.VideoFrame) -> int:
    luma = frame.planes[0]
    return memoryview(luma)[luma.line_size * (frame.height // 2) + frame.width // 2]


def assert_plays(folder: Path, encoded: EncodedSet) -> None:
    """Fail unless every rendition decodes from 0 to its announced end, with rising times and one picture size."""
    for rendition in encoded.renditions:
        decoded = decode(folder, rendition)
        announced = sum(segment.duration for segment in rendition.segments)
        step = 1 / rendition.frame_rate if rendition.frame_rate else 0.1
        assert decoded.said == (), f"the decoder of {rendition.name} says {decoded.said}"
        assert list(decoded.times) == sorted(set(decoded.times)), f"times of {rendition.name} do not rise"
        assert abs(decoded.times[0]) < step, f"{rendition.name} begins at {decoded.times[0]} s"
        assert abs(decoded.end - announced) < 2 * step, f"{rendition.name} ends at {decoded.end} of {announced} s"
        if rendition.kind == "video":
            assert decoded.shapes == {(rendition.width, rendition.height, 1.0)}, f"pictures of {rendition.name}"
            frames = round(announced * (rendition.frame_rate or 0))
            assert abs(len(decoded.times) - frames) <= 1, f"{len(decoded.times)} of {frames} frames in {rendition.name}"
