"""What a transcoder must do: say what a file is, plan its ladder, and turn it into HLS renditions in a folder."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict

RenditionKind = Literal["video", "audio"]


class Reason(StrEnum):
    """Why a video could not be processed. The closed list: stored, shown in words, and stable for API clients."""

    UNSUPPORTED_FORMAT = "unsupported_format"
    UNSUPPORTED_CODEC = "unsupported_codec"
    NO_VIDEO = "no_video"
    DAMAGED = "damaged"
    TOO_LARGE = "too_large"
    TOO_SMALL = "too_small"
    TOO_LONG = "too_long"
    TOO_MANY_STREAMS = "too_many_streams"
    OUTPUT_LIMIT = "output_limit"
    DEADLINE_EXCEEDED = "deadline_exceeded"
    NO_PROGRESS = "no_progress"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    STORAGE_FULL = "storage_full"


class MediaRejected(Exception):
    """The file can never be processed: trying the same bytes again would end the same way."""

    def __init__(self, reason: Reason, detail: str) -> None:
        """`detail` is for the log and the operator; people read the sentence that belongs to `reason`."""
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class VideoStream(_Value):
    """The one video stream that is shown. Sizes are coded pixels; rotation is clockwise 0, 90, 180 or 270 degrees.

    `transfer` and `color_space` are ffmpeg's names, None where the file says nothing. `bit_rate` is in bits per second.
    `keyframe_interval` is the longest distance in seconds between closed keyframes, None where it is not known.
    """

    codec: str
    profile: str | None
    pixel_format: str
    width: int
    height: int
    sample_aspect_ratio: Fraction
    rotation: Literal[0, 90, 180, 270]
    average_rate: Fraction
    base_rate: Fraction
    interlaced: bool
    transfer: str | None
    color_space: str | None
    bit_rate: int | None
    keyframe_interval: float | None


class AudioStream(_Value):
    """One audio stream; `language` is an ISO 639-2 code when the file names one."""

    codec: str
    profile: str | None
    channels: int
    sample_rate: int
    language: str | None


class MediaInfo(_Value):
    """What a probe found. `duration` is in seconds, `size` in bytes, `container` a demuxer name."""

    container: str
    duration: float
    size: int
    video: VideoStream
    audio: tuple[AudioStream, ...]


class Rung(_Value):
    """One step of the ladder, named by its short side (`720p`); `max_bitrate` is in bits per second."""

    name: str
    width: int
    height: int
    max_bitrate: int


class Plan(_Value):
    """What will be made of a source: rungs from the largest to the smallest at one constant frame rate."""

    info: MediaInfo
    rungs: tuple[Rung, ...]
    frame_rate: Fraction
    copy_refused: str | None
    """Why the source cannot be offered without re-encoding, or None when it can."""

    def only_smallest(self) -> "Plan":
        """Return the same plan with its smallest rung alone: the quickest way to something watchable."""
        return self.model_copy(update={"rungs": self.rungs[-1:]})


class Segment(_Value):
    """One media segment: file name, duration in seconds, size in bytes."""

    name: str
    duration: float
    size: int


class EncodedRendition(_Value):
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


class EncodedSet(_Value):
    """Everything a run left in its output folder: renditions that play together, and a poster image."""

    renditions: tuple[EncodedRendition, ...]
    duration: float
    poster: str | None

    def files(self) -> list[str]:
        """Return every file name of the set, initialisation segments first."""
        names = [rendition.init for rendition in self.renditions]
        names += [segment.name for rendition in self.renditions for segment in rendition.segments]
        return names + ([self.poster] if self.poster else [])


Report = Callable[[float], Awaitable[None]]
"""Told the finished fraction, 0 to 1, from time to time."""


class Transcoder(Protocol):
    """Runs outside the event loop and outside the process; what it is given is hostile until proven otherwise."""

    name: str

    async def probe(self, source: Path) -> MediaInfo:
        """Say what the file is, without trusting its name. Raises MediaRejected."""
        ...

    def plan(self, info: MediaInfo) -> Plan:
        """Choose the ladder. Pure: the same info gives the same plan. Raises MediaRejected over the limits."""
        ...

    async def copy(self, source: Path, plan: Plan, output: Path, report: Report) -> EncodedSet:
        """Cut the source into segments without re-encoding its pictures, into the empty folder `output`.

        Raises ValueError when `plan.copy_refused` is set. What `copy` rejects may still be good for `encode`.
        """
        ...

    async def encode(self, source: Path, plan: Plan, output: Path, report: Report) -> EncodedSet:
        """Encode every rung of the plan into the empty folder `output`. Raises MediaRejected.

        Cancelling the call kills whatever it started before it returns.
        """
        ...
