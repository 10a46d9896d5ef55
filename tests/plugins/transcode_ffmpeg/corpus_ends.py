"""What has to become of every file of the corpus."""

from dataclasses import dataclass

from core.testing.media import ODD_MEDIA
from core.testing.media.disguises import DISGUISED
from core.testing.media.rare import RARE_CODECS, RARE_CONTAINERS
from core.transcoding import Reason


@dataclass(frozen=True, slots=True)
class Plays:
    """Published: the largest rung, its frames per second, tracks of sound, and length in seconds to a tenth."""

    size: str = "320x180"
    rate: float = 30
    sounds: int = 1
    seconds: float = 1.0


_SILENT = Plays(sounds=0)
_PORTRAIT = Plays("180x320")

_DIFFERENT: dict[str, Plays | Reason] = {
    "broadcast.mxf": Plays(rate=25),
    "prores.mxf": Plays(rate=25),
    "portrait_phone.mp4": _PORTRAIT,
    "rotated_270.mov": _PORTRAIT,
    "rotated_slightly.mp4": _PORTRAIT,
    "rotated.mkv": _PORTRAIT,
    "portrait.mp4": _PORTRAIT,
    "anamorphic.mp4": Plays("426x180"),
    "almost_square.mp4": Plays("320x180"),
    "narrow_pixels.mpg": Plays("320x240"),
    "interlaced.mp4": Plays("320x192", 15),
    "interlaced_bottom_first.ts": Plays("320x192", 25),
    "turns_interlaced.ts": Plays("320x192", sounds=0),
    "transparent.webm": _SILENT,
    "transparent.mov": _SILENT,
    "odd_size.mp4": Plays("320x240"),
    "odd_size.webm": Plays("176x98"),
    "tiny.mp4": Plays("16x16"),
    "square.mp4": Plays("240x240"),
    "cinema.mp4": Plays("560x240"),
    "strip.mp4": Plays("1280x32"),
    "changing_size.ts": Plays(sounds=0, seconds=1.5),
    "changing_pixels.ts": Plays(sounds=0, seconds=1.5),
    "changing_codec.ts": Reason.DAMAGED,
    "too_small.mp4": Reason.TOO_SMALL,
    "film.mp4": Plays(rate=23.976),
    "film_rounded_times.mkv": Plays(rate=24),  # its times are milliseconds, of which one second has none to spare
    "pal.mp4": Plays(rate=25),
    "ntsc.mp4": Plays(rate=29.97),
    "pal_progressive.mp4": Plays(rate=50),
    "ntsc_progressive.mp4": Plays(rate=59.94),
    "fast.mp4": Plays(rate=60),
    "slide_show.mp4": Plays(rate=10, seconds=4.0),
    "time_lapse.mp4": Plays(rate=7, seconds=1.3),
    "variable_rate.mp4": Plays(rate=15, seconds=2.0),
    "open_and_closed_gops.mp4": Plays(rate=25, seconds=13.2),
    "pause.mkv": Plays(sounds=0, seconds=4.0),
    "several_keyframes.mp4": Plays(seconds=9.0),
    "one_long_gop.mp4": Plays("160x90", 10, seconds=10.0),
    "cut_before_keyframe.mov": Plays(seconds=0.6),
    "negative_times.mp4": Plays(seconds=0.5),
    "late_picture.mp4": Plays(seconds=1.5),
    "clock_starts_again.ts": Plays(seconds=0.5),
    "same_times.mkv": _SILENT,
    "one_frame.mp4": Plays(sounds=0, seconds=0.03),
    "one_frame_with_sound.mp4": Plays(seconds=0.03),
    "two_frames.mp4": Plays(sounds=0, seconds=0.07),
    "no_audio.mp4": _SILENT,
    "two_languages.mp4": Plays(sounds=2),
    "three_tracks.mkv": Plays(sounds=3),
    "thirty_two_streams.mkv": Plays(sounds=8),
    **dict.fromkeys(("audio_only.mp4", "audio_only.flac", "audio_only.ogg", "audio_only.wav", "cover_art.mp3"),
                    Reason.NO_VIDEO),
    "external_pictures.mov": Reason.DAMAGED,
    "picture_first.mkv": Reason.UNSUPPORTED_CODEC,
    "many_streams.mkv": Reason.TOO_MANY_STREAMS,
    "ten_hours_of_nothing.mkv": Reason.DAMAGED,
    "thirteen_hours.mkv": Reason.TOO_LONG,
    "million_frames_a_second.mp4": Reason.TOO_LARGE,
    "thousand_frames_a_second.mkv": Reason.TOO_LARGE,
    "jumping_times.mkv": Reason.DAMAGED,
    "beyond_8k.mp4": Reason.TOO_LARGE,
    "enormous.webm": Reason.TOO_LARGE,
    "two_hundred_streams.mkv": Reason.TOO_MANY_STREAMS,
    "truncated.mp4": Reason.DAMAGED,
    "cut_short.mp4": Reason.DAMAGED,
    "cut_short.mkv": Plays(rate=30.035, seconds=0.6),  # copied, and its times are whole milliseconds
    "cut_short.ts": Plays(seconds=0.6),
    "cut_short.avi": Plays(seconds=0.4),
    "header_only.mp4": Reason.DAMAGED,
    "begins_in_the_middle.ts": Reason.DAMAGED,
    "no_pictures.mp4": Reason.NO_VIDEO,
    **dict.fromkeys(("text.mp4", "page.mp4", "archive.mp4", "zeros.mp4", "noise.mp4"), Reason.UNSUPPORTED_FORMAT),
}  # fmt: skip

NEVER_UPLOADED = "empty.mp4"

ENDS: dict[str, Plays | Reason] = {
    **dict.fromkeys(ODD_MEDIA.keys() - {NEVER_UPLOADED}, Plays()),
    **dict.fromkeys(RARE_CODECS, Reason.UNSUPPORTED_CODEC),
    **dict.fromkeys((*RARE_CONTAINERS, *DISGUISED), Reason.UNSUPPORTED_FORMAT),
    **_DIFFERENT,
}
"""File name → its end. Where nothing else is said, an ordinary clip in an odd guise comes out as the ordinary clip."""
