"""What an encoder leaves in a folder."""

from typing import Literal

from core.transcoding.media import Value

RenditionKind = Literal["video", "audio"]


class Segment(Value):
    """One media segment: file name, duration in seconds, size in bytes."""

    name: str
    duration: float
    size: int


class EncodedRendition(Value):
    """One rendition as HLS sees it (RFC 8216). Bit rates are in bits per second, file names relative to the folder."""

    name: str
    kind: RenditionKind
    codecs: str
    peak_bandwidth: int
    average_bandwidth: int
    width: int | None
    height: int | None
    frame_rate: float | None
    init: str
    segments: tuple[Segment, ...]
    language: str | None = None
    """Of sound, as in `AudioStream`."""


class Sheet(Value):
    """An image with pictures of a storyboard: file name, number of its first picture, and how many are on it."""

    name: str
    first: int
    pictures: int


class EncodedSet(Value):
    """Everything a run left in its output folder: renditions that play together, posters, and the storyboard.

    Every file belongs to it; names hold no folder. `duration` is in seconds.
    """

    renditions: tuple[EncodedRendition, ...]
    duration: float
    posters: tuple[str, ...] = ()
    """Images that may stand for the video, best first; none in a chunk where none was asked for."""
    sheets: tuple[Sheet, ...] = ()
    cuts: tuple[int, ...] | None = None
    """Of a copy: the numbers of the frames that begin its segments, None where its frames are not on the plan's grid.
    Then the other rungs could not be cut where it is, and it is no rung to switch from."""
    cpu_seconds: float = 0.0
    """Processor time of the processes that made it."""
    complaint: str | None = None
    """What the decoder said of damage in the source, None where it found none. A copy of that would show it."""

    def files(self) -> list[str]:
        """Return every file name of the set, initialisation segments first."""
        names = [rendition.init for rendition in self.renditions]
        names += [segment.name for rendition in self.renditions for segment in rendition.segments]
        return [*names, *self.posters, *(sheet.name for sheet in self.sheets)]
