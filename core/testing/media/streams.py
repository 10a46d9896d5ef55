"""Files that hold more than a picture and its sound: covers, captions, chapters, fonts, places, names (T-9, T-13)."""

from core.testing.media.clips import H264
from core.testing.media.makers import PICTURE, TONE, Maker, called, encoded, wrapped

PLACE = "+48.8577+002.2950/"
"""Where the files say that they were taken (ISO 6709)."""

PLACE_BYTES = (PLACE.encode(), bytes.fromhex("00024b850030db92"))
"""The same as it stands in files: as text, or as two numbers in a `loci` box (3GPP TS 26.244, 8.10)."""

SCRIPT_TITLE = "<script>alert(1)</script>"
ESCAPING_NAME = "../../pwned.ttf"
"""The name of a file attached to one of these."""

_CUES = b"1\n00:00:00,000 --> 00:00:01,000\nHello\n"
_CHAPTERS = b";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\ntitle=One\n[CHAPTER]\nSTART=500\nEND=1000\n"
_SEI_ID = "086f3693b7b34f2c965321492feee5b8"
_COVER = called(*PICTURE, "-frames:v", "1")

STREAMS: dict[str, Maker] = {
    "located.mp4": wrapped("-metadata", f"location={PLACE}", "-metadata", f"title={SCRIPT_TITLE}"),
    "located.mov": wrapped(
        "-movflags", "use_metadata_tags", "-metadata", f"com.apple.quicktime.location.ISO6709={PLACE}",
        "-metadata", "com.apple.quicktime.make=Phone",
    ),
    "located.mkv": wrapped("-metadata", f"LOCATION={PLACE}", "-metadata:s:v", f"LOCATION={PLACE}"),
    "located_in_pictures.mp4": wrapped("-bsf:v", f"h264_metadata=sei_user_data={_SEI_ID}+{PLACE}"),
    "located_in_sound.ts": encoded("-c:a", "libmp3lame", "-metadata", f"service_name={PLACE}"),
    "chapters.mp4": wrapped(
        "-map", "1", "-map_chapters", "0", before=("-i", "chapters.txt"), extra={"chapters.txt": _CHAPTERS}
    ),
    "captions.mkv": wrapped(
        "-map", "0", "-map", "1", "-c:s", "subrip", before=("-i", "cues.srt"), extra={"cues.srt": _CUES}
    ),
    "captions.mp4": wrapped(
        "-map", "0", "-map", "1", "-c:s", "mov_text", before=("-i", "cues.srt"), extra={"cues.srt": _CUES}
    ),
    "attachment.mkv": wrapped(
        "-attach", "font.ttf", "-metadata:s:t", "mimetype=font/ttf", "-metadata:s:t", f"filename={ESCAPING_NAME}",
        extra={"font.ttf": b"this is no font " * 100},
    ),
    "time_code.mov": wrapped("-timecode", "01:00:00:00"),
    "cover.mp4": wrapped("-map", "0", "-map", "1", "-disposition:v:0", "attached_pic", before=("-i", "cover.jpg"),
                         extra={"cover.jpg": _COVER}),
    "cover.mkv": wrapped("-attach", "cover.jpg", "-metadata:s:t", "mimetype=image/jpeg", extra={"cover.jpg": _COVER}),
    "picture_first.mkv": wrapped("-map", "0", "-map", "1", before=("-i", "cover.jpg"), extra={"cover.jpg": _COVER}),
    "two_pictures.mp4": called(*PICTURE, *TONE, "-map", "0", "-map", "0", "-map", "1", *H264, "-s:v:1", "160x90"),
    "thirty_two_streams.mkv": wrapped("-map", "0", *("-map", "0:a") * 30),
    "many_streams.mkv": wrapped("-map", "0", *("-map", "0:a") * 38),
}  # fmt: skip
