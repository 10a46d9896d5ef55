"""What a probe finds in a file."""

from fractions import Fraction
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """Frozen, and refuses what it does not know: these are stored as JSON and read again."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class VideoStream(Value):
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


class AudioStream(Value):
    """One audio stream; `language` is an ISO 639-2 code when the file names one.

    What cannot be decoded is there too, so that each keeps its number in the file. `start` and `end` are in seconds
    after the beginning of the file, `end` None where it is not known; `intact` says that every packet is known to be
    decodable, and to begin where the one before ends.
    """

    codec: str
    profile: str | None
    channels: int
    sample_rate: int
    language: str | None
    start: float = 0.0
    end: float | None = None
    intact: bool = False


class MediaInfo(Value):
    """What a probe found. `size` is in bytes, `container` a demuxer name.

    `duration` is in seconds, from the beginning of the file to the end of its pictures.
    """

    container: str
    duration: float
    size: int
    video: VideoStream
    audio: tuple[AudioStream, ...]
