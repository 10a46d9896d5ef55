"""Codecs and containers that ffmpeg reads and that are not let in: rarely used code is where its holes are (T-2)."""

from core.testing.media.makers import Maker, called, encoded

_PICTURE = ("-f", "lavfi", "-i", "testsrc2=duration=0.2:size=320x184:rate=30")
_TONE = ("-f", "lavfi", "-i", "sine=duration=0.2")
_BOTH = (*_PICTURE, *_TONE)

RARE_CODECS: dict[str, Maker] = {
    "rare_codec.mkv": called(*_BOTH, "-c:v", "ffv1"),
    "magicyuv.avi": called(*_PICTURE, "-c:v", "magicyuv", "-pix_fmt", "gbrp"),
    "magicyuv.mkv": called(*_PICTURE, "-c:v", "magicyuv", "-pix_fmt", "gbrp"),
    "hap.mov": called(*_PICTURE, "-c:v", "hap"),
    "animation.mov": called(*_PICTURE, "-c:v", "gif"),
    "animation.mkv": called(*_PICTURE, "-c:v", "gif"),
    "exr.mov": called(*_PICTURE, "-c:v", "exr", "-compression", "zip16", "-frames:v", "1"),
    "png.mov": called(*_PICTURE, "-c:v", "png"),
    "motion_jpeg.avi": called(*_BOTH, "-c:v", "mjpeg"),
    "sorenson.mov": called(*_PICTURE, "-c:v", "svq1"),
    "run_length.mov": called(*_PICTURE, "-c:v", "qtrle"),
    "uncompressed.avi": called(*_PICTURE, "-c:v", "rawvideo", "-pix_fmt", "yuv420p"),
    "dvd.mpg": called(*_BOTH, "-c:v", "mpeg2video", "-c:a", "mp2", "-f", "vob"),
    "video_cd.mpg": called(*_PICTURE, "-c:v", "mpeg1video"),
    "theora.ogv": called(*_BOTH, "-c:v", "libtheora", "-c:a", "libvorbis"),
    "windows.wmv": called(*_BOTH, "-c:v", "wmv2", "-c:a", "wmav2"),
    "flash_screen.flv": called(*_PICTURE, "-c:v", "flashsv"),
    "sorenson.flv": called(*_PICTURE, "-c:v", "flv"),
    "old_phone.3gp": called(*_PICTURE, "-c:v", "h263", "-s", "176x144"),
    "newest.mp4": called(*_PICTURE, "-c:v", "libvvenc", "-preset", "faster", "-pix_fmt", "yuv420p10le"),
    "rare_audio.mkv": encoded("-c:a", "wmav2"),
    "apple_lossless.m4v": encoded("-c:a", "alac", "-f", "mp4"),
    "dolby_plus.mp4": encoded("-c:a", "eac3"),
    "telephone.3gp": encoded("-c:a", "libopencore_amrnb", "-ar", "8000", "-ac", "1"),
    "telephone.mov": encoded("-c:a", "pcm_alaw"),
}
"""In a container that is let in, with a codec that is not."""

RARE_CONTAINERS: dict[str, Maker] = {
    "animation.gif": called(*_PICTURE),
    "animation.png": called(*_PICTURE, "-c:v", "apng", "-f", "apng"),
    "picture.exr": called(*_PICTURE, "-frames:v", "1"),
    "picture.mp4": called(*_PICTURE, "-frames:v", "1", "-c:v", "png", "-f", "image2"),
    "picture_list.mp4": called(*_PICTURE, "-c:v", "mjpeg", "-f", "mjpeg"),
    "animation.webp": called(*_PICTURE, "-c:v", "libwebp_anim", "-loop", "0"),
    "elementary_stream.h264": called(*_PICTURE, "-c:v", "libx264", "-pix_fmt", "yuv420p"),
    "ivf.webm": called(*_PICTURE, "-c:v", "vp8", "-f", "ivf"),
    "nut.mkv": called(*_BOTH, "-c:v", "libx264", "-f", "nut"),
    "real.mp4": called(*_PICTURE, "-c:v", "rv20", "-s", "176x144", "-f", "rm"),
    "matroska_of_text.mp4": called(*_PICTURE, "-frames:v", "1", "-c:v", "pam", "-f", "image2pipe"),
}
"""Not a container that is let in, whatever the name says."""
