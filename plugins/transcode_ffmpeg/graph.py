"""The filters between decoder and encoders: upright, square pixels, one frame rate, colours every screen shows."""

from typing import TYPE_CHECKING

from core.api import Plan, Rung
from plugins.transcode_ffmpeg.plan import HDR_TRANSFERS, display_size

if TYPE_CHECKING:
    from ffmpeg.nodes import FilterableStream, InputNode

AUDIO_RATE = 48000
POSTER_CANDIDATES = 25
_POSTER_WIDTH = 1280
_HD_HEIGHT = 720


def normalised(stream: "FilterableStream", plan: Plan) -> "FilterableStream":
    """Deinterlace, put every frame on a constant grid that begins at 0, and settle what the colours mean."""
    video = plan.info.video
    if video.interlaced:
        stream = stream.filter("bwdif", mode="send_frame")
    stream = stream.filter("fps", fps=str(plan.frame_rate), start_time=0)
    if video.transfer in HDR_TRANSFERS:
        return _tone_mapped(stream, plan.rungs[0].width, plan.rungs[0].height)
    if video.color_space is None:
        # Players guess by the size, and would guess differently for the rungs of one video.
        named = "bt709" if min(display_size(video)) >= _HD_HEIGHT else "smpte170m"
        stream = stream.filter("setparams", colorspace=named, color_primaries=named, color_trc=named)
    return stream


def _tone_mapped(stream: "FilterableStream", width: int, height: int) -> "FilterableStream":
    """Bring HDR into BT.709, at the largest size that is needed, because it is slow."""
    linear = stream.filter("zscale", w=width, h=height, t="linear", npl=100).filter("format", "gbrpf32le")
    mapped = linear.filter("zscale", p="bt709").filter("tonemap", tonemap="hable", desat=0)
    return mapped.filter("zscale", t="bt709", m="bt709", r="tv").filter("format", "yuv420p")


def scaled(stream: "FilterableStream", rung: Rung) -> "FilterableStream":
    scaled = stream.filter("scale", rung.width, rung.height, flags="bicubic", out_range="tv")
    return scaled.filter("setsar", 1).filter("format", "yuv420p")


def stereo(source: "InputNode") -> "FilterableStream":
    """Begin the sound at 0 like the pictures, fill its gaps with silence, and mix surround sound down."""
    sound = source["a:0"].filter("aresample", AUDIO_RATE, **{"async": 1, "first_pts": 0})
    return sound.filter("aformat", channel_layouts="stereo")


def poster_picture(stream: "FilterableStream", plan: Plan) -> "FilterableStream":
    """Take the one of some pictures that is most like the others: neither a cut nor a flash."""
    width, height = display_size(plan.info.video)
    shrink = min(1, _POSTER_WIDTH / width)
    picture = stream.filter("thumbnail", n=POSTER_CANDIDATES)
    picture = picture.filter("scale", round(width * shrink), round(height * shrink), flags="lanczos", out_range="pc")
    return picture.filter("setsar", 1).filter("format", "yuv420p")
