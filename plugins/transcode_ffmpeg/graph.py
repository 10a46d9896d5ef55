"""The filters between decoder and encoders: upright, square pixels, one frame rate, colours every screen shows."""

from typing import TYPE_CHECKING

import ffmpeg

from core.api import Chunk, Plan, Rung
from plugins.transcode_ffmpeg.grid import PosterMoment, end_of, picture_distance
from plugins.transcode_ffmpeg.plan import HDR_TRANSFERS, RIGHT_ANGLES, display_size

if TYPE_CHECKING:
    from ffmpeg.nodes import FilterableStream

AUDIO_RATE = 48000
_POSTER_SIDE = 1280
_HD_HEIGHT = 720


def on_grid(stream: "FilterableStream", plan: Plan, chunk: Chunk) -> "FilterableStream":
    """Keep to the first picture's size and format, deinterlace, and put the chunk's frames on the plan's grid."""
    video = plan.info.video
    size = (video.height, video.width) if video.rotation in RIGHT_ANGLES else (video.width, video.height)
    # What is told beside the pictures (light levels, captions, places) may come once and then count for the whole only.
    stream = stream.filter("scale", *size).filter("sidedata", mode="delete")
    if video.interlaced:
        stream = stream.filter("bwdif", mode="send_frame")
    return _numbered(stream, plan, chunk)


def normalised(stream: "FilterableStream", plan: Plan) -> "FilterableStream":
    """Settle what the colours mean."""
    video = plan.info.video
    if video.transfer in HDR_TRANSFERS:
        return _tone_mapped(stream, *_largest(plan))
    if video.color_space is None:
        # Players guess by the size, and would guess differently for the rungs of one video.
        named = "bt709" if min(display_size(video)) >= _HD_HEIGHT else "smpte170m"
        stream = stream.filter("setparams", colorspace=named, color_primaries=named, color_trc=named)
    return stream


def _numbered(stream: "FilterableStream", plan: Plan, chunk: Chunk) -> "FilterableStream":
    """Number the frames from the beginning of the source and keep those of the chunk.

    A start time moves the grid by less than a tick of the source, which would round frames of a variable rate another
    way; so the frames are put on the grid first, and only then does the chunk begin. That fills what is missing before
    the first frame, too: where pictures begin late, and where a seek ended late.
    """
    first, rate = chunk.cuts[0], str(plan.frame_rate)
    stream = stream.filter("fps", fps=rate, **({} if first else {"start_time": 0}))
    if first:
        stream = stream.filter("fps", fps=rate, start_time=f"{float(first / plan.frame_rate):.9f}")
    return stream.filter("trim", end_pts=end_of(plan, chunk))


def held(stream: "FilterableStream", plan: Plan, chunk: Chunk) -> "FilterableStream":
    """Let the last picture stand until the announced end: what could not be decoded must not make it end earlier.

    So the sound, which is encoded by somebody else perhaps, ends with the pictures.
    """
    return stream.filter("tpad", stop=-1, stop_mode="clone").filter("trim", end_pts=end_of(plan, chunk))


def _largest(plan: Plan) -> tuple[int, int]:
    return (plan.rungs[0].width, plan.rungs[0].height) if plan.rungs else display_size(plan.info.video)


def _tone_mapped(stream: "FilterableStream", width: int, height: int) -> "FilterableStream":
    """Bring HDR into BT.709, at the largest size that is needed, because it is slow."""
    linear = stream.filter("zscale", w=width, h=height, t="linear", npl=100).filter("format", "gbrpf32le")
    mapped = linear.filter("zscale", p="bt709").filter("tonemap", tonemap="hable", desat=0)
    return mapped.filter("zscale", t="bt709", m="bt709", r="tv").filter("format", "yuv420p")


def scaled(stream: "FilterableStream", rung: Rung) -> "FilterableStream":
    scaled = stream.filter("scale", rung.width, rung.height, flags="bicubic", out_range="tv")
    return scaled.filter("setsar", 1).filter("format", "yuv420p")


def stereo(sound: "FilterableStream", plan: Plan) -> "FilterableStream":
    """Begin and end the sound with the pictures, fill its gaps with silence, and mix surround sound down."""
    end = f"{float(plan.frames / plan.frame_rate):.6f}"
    sound = sound.filter("aresample", AUDIO_RATE, **{"async": 1, "first_pts": 0})
    sound = sound.filter("aformat", channel_layouts="stereo")
    return sound.filter("apad", whole_dur=end).filter("atrim", end=end)


def storyboard_sheets(stream: "FilterableStream", plan: Plan) -> "FilterableStream":
    """Tile the pictures of the plan's storyboard, the first frame at or after each one's time."""
    board, distance = plan.storyboard, picture_distance(plan)
    if board is None:
        raise ValueError("the plan has no storyboard")
    # In whole numbers as far as they go: a quotient that should be whole is, and nothing is rounded below it.
    before = f"floor(pts*{distance.denominator}/{distance.numerator})"
    first, rest = _opened(stream)
    chosen = rest.filter("select", f"eq(pts,ceil({before}*{distance.numerator}/{distance.denominator}))")
    layout = f"{board.columns}x{board.rows}"
    sheets = [
        _photograph(each, board.width, board.height, "bicubic").filter("tile", layout) for each in (first, chosen)
    ]
    return _joined(*sheets)


def posters(stream: "FilterableStream", plan: Plan, moments: list[PosterMoment]) -> "FilterableStream":
    """At each moment, take the one of some pictures that is most like the others: neither a cut nor a flash."""
    width, height = display_size(plan.info.video)
    shrink = min(1, _POSTER_SIDE / max(width, height))
    near = "+".join(f"between(pts,{at.first},{at.last})*not(mod(pts-{at.first},{at.step}))" for at in moments)
    first, rest = _opened(stream)
    together = _joined(first, rest.filter("select", near).filter("thumbnail", n=moments[0].pictures))
    return _photograph(together, max(1, round(width * shrink)), max(1, round(height * shrink)), "lanczos")


def _photograph(stream: "FilterableStream", width: int, height: int, flags: str) -> "FilterableStream":
    small = stream.filter("scale", width, height, flags=flags, out_range="pc")
    return small.filter("setsar", 1).filter("format", "yuv420p")


def _opened(stream: "FilterableStream") -> "tuple[FilterableStream, FilterableStream]":
    """Return the first frame by itself, which ends at once, and all frames."""
    both = stream.filter_multi_output("split", 2)
    return both.stream(0).filter("trim", end_frame=1), both.stream(1)


def _joined(first: "FilterableStream", rest: "FilterableStream") -> "FilterableStream":
    """Put one picture before the others, which nobody needs.

    ffmpeg tells no progress before every output has its first picture, and a sheet is full only after minutes.
    """
    # Far apart, whatever their times were: the encoder's clock ticks as rarely as sheets come, and takes none twice.
    return ffmpeg.concat(first, rest).filter("settb", "1").filter("setpts", "N*1000")
