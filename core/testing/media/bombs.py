"""Small files that would cost their reader days of work, or memory without end (T-7, T-8, T-9)."""

from core.testing.media.clips import H264
from core.testing.media.makers import Maker, called, changed, encoded, replaced, wrapped

_FAR_APART = "testsrc2=duration=2:size=320x180:rate=1,settb=1,setpts=N*{seconds}"
_LONGEST = (2**31 - 1).to_bytes(4, "big")
_VP8 = ("-c:v", "vp8", "-deadline", "realtime", "-cpu-used", "8")


def _two_frames(seconds: int) -> Maker:
    picture = _FAR_APART.format(seconds=seconds)
    return called("-f", "lavfi", "-i", picture, *H264, "-fps_mode", "passthrough")


def _announced_for_days(data: bytes) -> bytes:
    """Say in every header of an MP4 file (ISO/IEC 14496-12, 8.2.2 to 8.4.2) that it is as long as it can be."""
    changed_data = bytearray(data)
    for box, offset in ((b"mvhd", 20), (b"tkhd", 24), (b"mdhd", 20)):
        place = data.find(box)
        while place >= 0:
            changed_data[place + offset : place + offset + 4] = _LONGEST
            place = data.find(box, place + 4)
    return bytes(changed_data)


BOMBS: dict[str, Maker] = {
    "ten_hours_of_nothing.mkv": _two_frames(36_000),
    "thirteen_hours.mkv": _two_frames(47_000),
    "million_frames_a_second.mp4": encoded("-frames:v", "30", rate="1000000", audio=False),
    "thousand_frames_a_second.mkv": encoded(seconds=0.05, rate="1000", audio=False),
    "jumping_times.mkv": encoded("-vf", "setpts=PTS+mod(N\\,10)*4000/TB", "-bf", "0", "-fps_mode", "passthrough",
                                 audio=False),
    "announced_for_days.mp4": changed(wrapped(), _announced_for_days),
    "beyond_8k.mp4": called("-f", "lavfi", "-i", "color=size=8208x4336:rate=1:duration=1", *H264),
    "enormous.webm": changed(
        encoded(*_VP8, audio=False, size=(320, 320)),
        replaced((b"\x9d\x01\x2a\x40\x01\x40\x01", b"\x9d\x01\x2a\xff\x3f\xff\x3f"),
                 (b"\xb0\x82\x01\x40", b"\xb0\x82\x3f\xff"), (b"\xba\x82\x01\x40", b"\xba\x82\x3f\xff")),
    ),
    "two_hundred_streams.mkv": wrapped(*("-map", "0") * 100, "-t", "0.1"),
}  # fmt: skip
