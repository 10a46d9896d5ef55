"""What a probe could have found: a compatible video, and whatever a test changes about it."""

from fractions import Fraction

from core.transcoding import AudioStream, MediaInfo, VideoStream

COMPATIBLE = VideoStream(
    codec="h264",
    profile="High",
    pixel_format="yuv420p",
    width=1920,
    height=1080,
    sample_aspect_ratio=Fraction(1),
    rotation=0,
    average_rate=Fraction(30),
    base_rate=Fraction(30),
    interlaced=False,
    transfer=None,
    color_space=None,
    bit_rate=4_000_000,
    keyframe_interval=2.0,
)
STEREO = AudioStream(
    codec="aac", profile="LC", channels=2, sample_rate=48000, language=None, end=12 * 3600.0, intact=True
)


def an_info(**facts: object) -> MediaInfo:
    """Return a minute of compatible video; `facts` are fields of the file or of its video stream."""
    of_file = {"container": "mov", "duration": 60.0, "size": 30_000_000, "audio": ()}
    video = {**COMPATIBLE.model_dump(), **{name: value for name, value in facts.items() if name not in of_file}}
    changed = {name: value for name, value in facts.items() if name in of_file}
    return MediaInfo.model_validate({**of_file, **changed, "video": video})
