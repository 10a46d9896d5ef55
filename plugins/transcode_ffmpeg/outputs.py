"""What ffmpeg writes: HLS renditions of pictures and of sound, sheets, posters, and streams that are only counted."""

from typing import TYPE_CHECKING

import ffmpeg

from core.api import Plan

if TYPE_CHECKING:
    from ffmpeg.nodes import FilterableStream, OutputStream

POSTERS = "taken_%05d.jpg"
SHEETS = "tiled_%05d.jpg"
"""As ffmpeg numbers them. The first of each is the one that opens the output, and nobody's."""

EVERY_KEYFRAME = 0.001
"""A segment length, in seconds, so short that each keyframe begins a segment."""

_QUALITY = {"poster": 3, "sheet": 6}
# A size that changes in the middle starts the filters anew: pictures that come again are dropped.
_IMAGES = {"f": "image2", "fps_mode": "vfr", "c:v": "mjpeg", "map_metadata": -1}


def hls(
    streams: "list[FilterableStream]", names: list[str], plan: Plan, seconds: float, options: dict[str, object]
) -> "OutputStream":
    """Cut streams into segments of at least so many seconds, whole ones only, under the names of their renditions."""
    each = "%v" if len(names) > 1 else names[0]
    kind = "v" if len(names) > 1 else None
    variants = {"var_stream_map": " ".join(f"{kind}:{i},name:{name}" for i, name in enumerate(names))} if kind else {}
    return ffmpeg.output(
        *streams,
        f"{each}.m3u8",
        f="hls",
        hls_segment_type="fmp4",
        hls_time=f"{seconds:.3f}",
        hls_playlist_type="event",
        hls_list_size=0,
        hls_flags="independent_segments+temp_file",
        hls_fmp4_init_filename=f"{each}_init.mp4",
        hls_segment_filename=f"{each}_%05d.m4s",
        # Otherwise the time the encoders need for their look-ahead would delay pictures and sound, each by its own.
        avoid_negative_ts="disabled",
        map_metadata=-1,
        map_chapters=-1,
        # Copied sound that goes on without pictures ends with them.
        t=f"{float(plan.frames / plan.frame_rate):.6f}",
        **variants,
        **options,
    )


def sheets(pictures: "FilterableStream") -> "OutputStream":
    return ffmpeg.output(pictures, SHEETS, **_IMAGES, **{"q:v": _QUALITY["sheet"]})


def posters(pictures: "FilterableStream") -> "OutputStream":
    return ffmpeg.output(pictures, POSTERS, **_IMAGES, **{"q:v": _QUALITY["poster"]})


def counted(pictures: "FilterableStream") -> "OutputStream":
    """Count frames that nobody keeps, for the progress."""
    return ffmpeg.output(pictures, "-", f="null", **{"c:v": "wrapped_avframe", "fps_mode": "passthrough"})


def begun(stream: "FilterableStream") -> "OutputStream":
    """Take the first packet of a stream, so that its beginning counts when ffmpeg looks for that of the file."""
    return ffmpeg.output(stream, "-", f="null", c="copy", t=EVERY_KEYFRAME)


def longest(plan: Plan) -> str:
    """Return the announced duration and one frame, in seconds."""
    return f"{plan.info.duration + 1 / plan.frame_rate:.3f}"
