"""What is let in: containers, codecs and protocols, the same list for the probe and for every ffmpeg call."""

CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,mp3,wav,flac,aac,mxf"
"""Demuxers that hold media themselves. Playlists, concat lists and the like open other files; they are not here."""

INDEXED_CONTAINERS = frozenset({"mov", "mp4", "m4a", "3gp", "3g2", "mj2", "matroska", "webm"})
"""Those of them that say where each keyframe is, and whose times never jump."""

PROTOCOLS = "file"

VIDEO_DECODERS = {
    "av1": ("libdav1d", "av1"),
    "h264": ("h264",),
    "hevc": ("hevc",),
    "mpeg4": ("mpeg4",),
    "prores": ("prores",),
    "vp8": ("vp8", "libvpx"),
    "vp9": ("vp9", "libvpx-vp9"),
}
"""Codec name → ffmpeg's decoders of it: the ones that are used, and fuzzed, everywhere."""

AUDIO_DECODERS = {
    "aac": ("aac",),
    "ac3": ("ac3",),
    "flac": ("flac",),
    "mp3": ("mp3float", "mp3"),
    "opus": ("opus", "libopus"),
    "vorbis": ("vorbis", "libvorbis"),
    **{f"pcm_{kind}": (f"pcm_{kind}",) for kind in ("s16le", "s16be", "s24le", "s24be", "s32le", "f32le", "u8")},
}

DECODERS = ",".join(name for group in (VIDEO_DECODERS, AUDIO_DECODERS) for names in group.values() for name in names)
