"""Plans, and what jobs have made by them, without any upload."""

from collections.abc import Sequence
from fractions import Fraction

from core.models import EncodedPart
from core.testing.chunks import whole
from core.transcoding import AudioStream, Chunk, EncodedSet, MediaInfo, Plan, Rung, Sound, StoryboardPlan, VideoStream
from core.videos.joining import COPIED, SOUNDS, below, chunk_name
from tests.fakes.instant_renditions import pictures, sounds

_RATE = Fraction(30)
RUNGS = (
    Rung(name="720p", width=1280, height=720, max_bitrate=1_000_000),
    Rung(name="360p", width=640, height=360, max_bitrate=500_000),
)


def a_plan(seconds: float = 60, *, languages: Sequence[str | None] = (None,)) -> Plan:
    """Return the plan of a video at 30 frames a second, in segments of four seconds."""
    heard = tuple(
        AudioStream(codec="aac", profile="LC", channels=2, sample_rate=48000, language=each) for each in languages
    )
    return Plan(
        info=MediaInfo(container="mov", duration=seconds, size=1024, video=_PICTURE, audio=heard),
        rungs=RUNGS,
        frame_rate=_RATE,
        copy_refused=None,
        sounds=tuple(
            Sound(stream=stream, name=f"audio_{stream}", language=each, copy_refused=None)
            for stream, each in enumerate(languages)
        ),
        segment_frames=120,
        storyboard=StoryboardPlan(interval=2, width=160, height=90, columns=10, rows=10),
    )


_PICTURE = VideoStream(
    codec="h264",
    profile="High",
    pixel_format="yuv420p",
    width=1280,
    height=720,
    sample_aspect_ratio=Fraction(1),
    rotation=0,
    average_rate=_RATE,
    base_rate=_RATE,
    interlaced=False,
    transfer=None,
    color_space=None,
    bit_rate=None,
    keyframe_interval=None,
)


def chunk_part(plan: Plan, chunk: Chunk) -> EncodedPart:
    """Return what the job of a chunk has made."""
    made = [*pictures(plan, chunk), *(sounds(plan) if chunk.with_sound else [])]
    seconds = sum(segment.duration for segment in made[0].segments) if made else 0
    return _part(chunk_name(chunk.index), EncodedSet(renditions=tuple(made), duration=seconds, posters=("a.jpg",)))


def sound_part(plan: Plan) -> EncodedPart:
    """Return what the job of the sound has made."""
    return _part(SOUNDS, EncodedSet(renditions=tuple(sounds(plan)), duration=plan.info.duration))


def copy_part(plan: Plan, cuts: tuple[int, ...] | None) -> EncodedPart:
    """Return what the job of the copy has made."""
    top = pictures(plan.model_copy(update={"rungs": plan.rungs[:1]}), whole(plan, cuts))
    made = (*top, *sounds(plan))
    return _part(COPIED, EncodedSet(renditions=made, duration=plan.info.duration, posters=("poster.jpg",), cuts=cuts))


def empty_part(index: int) -> EncodedPart:
    """Return what the job of a chunk has made that begins behind the end of the pictures."""
    part = _part(chunk_name(index), EncodedSet(renditions=(), duration=0))
    part.inits = {}
    return part


def _part(name: str, encoded: EncodedSet) -> EncodedPart:
    digests = {each.name: f"digest of {each.name}" for each in encoded.renditions}
    made = below(encoded, name).model_dump(mode="json")
    return EncodedPart(video_id="v", run="r", name=name, encoded=made, sizes={}, inits=digests)
