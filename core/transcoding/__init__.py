"""What a transcoder must do: say what a file is, plan its ladder, and turn it into HLS renditions in a folder."""

from core.transcoding.bandwidths import average_bandwidth, peak_bandwidth
from core.transcoding.encoded import EncodedRendition, EncodedSet, RenditionKind, Segment, Sheet
from core.transcoding.media import AudioStream, MediaInfo, VideoStream
from core.transcoding.plan import Chunk, Plan, Rung, Sound, StoryboardPlan
from core.transcoding.reasons import MediaRejected, Reason
from core.transcoding.transcoder import Grown, Report, Transcoder, nobody_watches

__all__ = [
    "AudioStream",
    "Chunk",
    "EncodedRendition",
    "EncodedSet",
    "Grown",
    "MediaInfo",
    "MediaRejected",
    "Plan",
    "Reason",
    "RenditionKind",
    "Report",
    "Rung",
    "Segment",
    "Sheet",
    "Sound",
    "StoryboardPlan",
    "Transcoder",
    "VideoStream",
    "average_bandwidth",
    "nobody_watches",
    "peak_bandwidth",
]
