"""Every container that is let in, with the codecs that people have in it."""

from core.testing.media.makers import Maker, encoded, wrapped

_VP8 = ("-c:v", "vp8", "-deadline", "realtime", "-cpu-used", "8")
_VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8")
_AV1 = ("-c:v", "libsvtav1", "-preset", "13", "-svtav1-params", "lp=1")
_HEVC = ("-c:v", "libx265", "-x265-params", "log-level=error")
_PRORES = ("-c:v", "prores_ks", "-profile:v", "proxy", "-pix_fmt", "yuv422p10le")

CONTAINERS: dict[str, Maker] = {
    "faststart.mp4": wrapped("-movflags", "+faststart"),
    "fragmented.mp4": wrapped("-movflags", "+frag_keyframe+empty_moov+default_base_moof"),
    "hevc.mp4": encoded(*_HEVC, "-tag:v", "hvc1"),
    "hevc_parameters_in_band.mp4": encoded(*_HEVC, "-tag:v", "hev1"),
    "h264_parameters_in_band.mp4": wrapped("-tag:v", "avc3"),
    "mpeg4_mp3.mp4": encoded("-c:v", "mpeg4", "-q:v", "5", "-c:a", "libmp3lame"),
    "vp9_opus.mp4": encoded(*_VP9, "-c:a", "libopus"),
    "av1_flac.mp4": encoded(*_AV1, "-c:a", "flac"),
    "ac3.mp4": encoded("-c:a", "ac3"),
    "quicktime.mov": encoded("-c:a", "pcm_s16be"),
    "prores.mov": encoded(*_PRORES, "-c:a", "pcm_s24le"),
    "apple.m4v": encoded("-f", "ipod"),
    "phone.3gp": encoded("-c:v", "mpeg4", "-q:v", "5", "-c:a", "aac", "-ar", "16000", "-ac", "1"),
    "matroska.mkv": encoded("-g", "30"),
    "hevc_flac.mkv": encoded(*_HEVC, "-c:a", "flac"),
    "vp9_vorbis.mkv": encoded(*_VP9, "-c:a", "libvorbis"),
    "vp8_vorbis.webm": encoded(*_VP8, "-c:a", "libvorbis"),
    "vp9_opus.webm": encoded(*_VP9, "-c:a", "libopus"),
    "av1_opus.webm": encoded(*_AV1, "-c:a", "libopus"),
    "no_duration.webm": encoded(*_VP8, "-c:a", "libopus", "-f", "webm", "-live", "1"),
    "divx.avi": encoded("-c:v", "libxvid", "-c:a", "libmp3lame"),
    "h264_pcm.avi": encoded("-c:a", "pcm_u8"),
    "transport_stream.ts": encoded("-c:a", "aac"),
    "hevc.ts": encoded(*_HEVC, "-c:a", "libmp3lame"),
    "camera.m2ts": encoded("-c:a", "ac3", "-mpegts_m2ts_mode", "1"),
    "program_stream.mpg": encoded("-c:a", "ac3", "-f", "vob"),
    "flash.flv": encoded("-c:a", "aac"),
    "windows.asf": encoded("-c:a", "libmp3lame"),
    "vp8.ogv": encoded(*_VP8, "-c:a", "libvorbis"),
    "broadcast.mxf": encoded("-c:a", "pcm_s16le", rate="25"),
    "prores.mxf": encoded(*_PRORES, "-c:a", "pcm_s16le", rate="25"),
}
