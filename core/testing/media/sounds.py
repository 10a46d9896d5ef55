"""Sound that is missing, late, long, short, alone, in several tracks, or of an unusual kind."""

from core.testing.media.clips import H264
from core.testing.media.makers import PICTURE, TONE, Maker, called, encoded

_LONG = ("-f", "lavfi", "-i", "sine=duration=3")
_SHORT = ("-f", "lavfi", "-i", "sine=duration=0.3")
_OTHER = ("-f", "lavfi", "-i", "sine=frequency=880:duration=1")
_BOTH = ("-map", "0:v", "-map", "1:a", "-map", "2:a")

SOUNDS: dict[str, Maker] = {
    "no_audio.mp4": encoded(audio=False),
    "mono.mp4": encoded("-ac", "1"),
    "surround.mp4": encoded("-ac", "6"),
    "surround_7_1.mkv": encoded("-filter:a", "pan=7.1|FL=c0|FR=c0|FC=c0|LFE=c0|BL=c0|BR=c0|SL=c0|SR=c0",
                                "-c:a", "flac"),
    "quad.mov": encoded("-ac", "4", "-c:a", "pcm_s16le"),
    "telephone.mp4": encoded("-ar", "8000", "-ac", "1"),
    "studio.mkv": encoded("-ar", "96000", "-c:a", "flac"),
    "studio.mov": encoded("-ar", "96000", "-c:a", "pcm_s32le"),
    "float.mkv": encoded("-c:a", "pcm_f32le"),
    "cd_rate.mp4": encoded("-ar", "44100"),
    "late_sound.mp4": called(*PICTURE, "-itsoffset", "0.5", *TONE, *H264),
    "long_sound.mp4": called(*PICTURE, *_LONG, *H264),
    "short_sound.mp4": called(*PICTURE, *_SHORT, *H264),
    "two_languages.mp4": called(*PICTURE, *TONE, *_OTHER, *_BOTH, *H264,
                                "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=deu"),
    "three_tracks.mkv": called(*PICTURE, *TONE, *_OTHER, *_BOTH, "-map", "1:a", *H264, "-c:a:0", "libopus", "-c:a:1",
                               "ac3", "-metadata:s:a:0", "language=fra", "-metadata:s:a:2", "title=Commentary"),
    "sound_first.mkv": called(*PICTURE, *TONE, "-map", "1", "-map", "0", *H264),
    "rare_second_sound.mkv": called(*PICTURE, *TONE, *_OTHER, *_BOTH, *H264, "-c:a:0", "aac", "-c:a:1", "wmav2"),
    "audio_only.mp4": called(*TONE),
    "audio_only.flac": called(*TONE),
    "audio_only.ogg": called(*TONE, "-c:a", "libopus"),
    "audio_only.wav": called(*TONE),
    "cover_art.mp3": called(*TONE, *PICTURE, "-map", "0", "-map", "1", "-frames:v", "1", "-c:v", "png",
                            "-disposition:v", "attached_pic"),
}  # fmt: skip
