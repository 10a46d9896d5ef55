"""What will be made of a source, decided from what the probe found alone."""

from fractions import Fraction

from core.transcoding.media import MediaInfo, Value


class Rung(Value):
    """One step of the ladder, named by its short side (`720p`); `max_bitrate` is in bits per second."""

    name: str
    width: int
    height: int
    max_bitrate: int


class Sound(Value):
    """A sound track that is kept: which of `MediaInfo.audio` it is, and the name of its rendition."""

    stream: int
    name: str
    language: str | None
    copy_refused: str | None
    """Why it is encoded, or None when the source's own packets are used."""


class StoryboardPlan(Value):
    """Small pictures for the time line: one every `interval` seconds from 0 on, each `width` x `height` pixels.

    A sheet holds `columns` x `rows` of them, filled from left to right and from top to bottom.
    """

    interval: int
    width: int
    height: int
    columns: int
    rows: int


class Plan(Value):
    """What will be made of a source: rungs from the largest to the smallest at one constant frame rate.

    All times are counted in frames of that rate from the beginning of the source, so that whoever encodes a part of it
    cuts where the others do.
    """

    info: MediaInfo
    rungs: tuple[Rung, ...]
    frame_rate: Fraction
    copy_refused: str | None
    """Why the source's pictures cannot be offered without re-encoding, or None when they can."""
    sounds: tuple[Sound, ...] = ()
    segment_frames: int = 0
    """Length of a segment, and distance of keyframes, where nothing else says where to cut."""
    storyboard: StoryboardPlan | None = None

    @property
    def frames(self) -> int:
        """How many frames the output will have, as far as the announced duration is right."""
        return max(1, round(self.info.duration * self.frame_rate))

    def below_the_top(self) -> "Plan":
        """Return the plan of what is left to encode when the source itself is the top rung; perhaps no rung at all."""
        return self.model_copy(update={"rungs": self.rungs[1:]})


class Chunk(Value):
    """A run of whole segments that is encoded at once, on the frame grid of its plan.

    `cuts` are the numbers of the frames that begin its segments, each of which becomes a keyframe in every rung; `end`
    is the frame after its last one, None where the end of the source ends it. The segments are numbered from
    `first_segment` on.
    """

    index: int
    first_segment: int
    cuts: tuple[int, ...]
    end: int | None
    with_sound: bool
    """Whether the sound tracks are encoded together with it: only where it is the whole."""
