"""Pictures that are not upright, not square, not progressive, not 8 bits, or of no usual size."""

from core.testing.media.makers import Maker, encoded, joined, wrapped

_HDR = ("-pix_fmt", "yuv420p10le", "-color_primaries", "bt2020", "-colorspace", "bt2020nc")
_VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8")

PICTURES: dict[str, Maker] = {
    "portrait_phone.mp4": wrapped(before=("-display_rotation", "-90")),
    "upside_down.mp4": wrapped(before=("-display_rotation", "180")),
    "rotated_270.mov": wrapped(before=("-display_rotation", "90")),
    "mirrored.mp4": wrapped(before=("-display_hflip",)),
    "rotated_slightly.mp4": wrapped(before=("-display_rotation", "-88")),
    "rotated.mkv": wrapped(before=("-display_rotation", "-90")),
    "anamorphic.mp4": encoded("-vf", "setsar=4/3"),
    "almost_square.mp4": encoded("-vf", "setsar=1280/1281:max=2000"),
    "narrow_pixels.mpg": encoded("-vf", "setsar=8/9", "-c:a", "ac3", "-f", "vob", size=(360, 240)),
    "interlaced.mp4": encoded("-vf", "tinterlace=interleave_top", "-flags", "+ilme+ildct", size=(320, 192)),
    "interlaced_bottom_first.ts": encoded(
        "-vf", "tinterlace=interleave_bottom,fieldorder=bff", "-flags", "+ilme+ildct", "-x264-params", "bff=1",
        "-c:a", "aac", size=(320, 192), rate="50",
    ),
    "turns_interlaced.ts": joined(
        encoded(audio=False, seconds=0.5, size=(320, 192)),
        encoded("-vf", "tinterlace=interleave_top", "-flags", "+ilme+ildct", "-output_ts_offset", "0.5", audio=False,
                seconds=0.5, size=(320, 192), rate="60"),
    ),
    "ten_bit.mp4": encoded("-pix_fmt", "yuv420p10le"),
    "ten_bit_hevc.mkv": encoded("-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params", "log-level=error"),
    "half_chroma.mp4": encoded("-pix_fmt", "yuv422p"),
    "full_chroma.mp4": encoded("-pix_fmt", "yuv444p"),
    "ten_bit_half_chroma.mov": encoded("-pix_fmt", "yuv422p10le"),
    "rgb.mp4": encoded("-c:v", "libx264rgb", "-pix_fmt", "rgb24"),
    "grey.mp4": encoded("-pix_fmt", "gray"),
    "lossless.mp4": encoded("-crf", "0"),
    "full_range.mp4": encoded("-pix_fmt", "yuvj420p"),
    "transparent.webm": encoded(*_VP9, "-pix_fmt", "yuva420p", "-auto-alt-ref", "0", audio=False),
    "transparent.mov": encoded("-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le", audio=False),
    "hdr.mp4": encoded(*_HDR, "-color_trc", "smpte2084"),
    "hdr_hlg.mov": encoded(*_HDR, "-color_trc", "arib-std-b67"),
    "hdr_hevc.mkv": encoded("-c:v", "libx265", "-x265-params", "log-level=error:hdr10=1", *_HDR, "-color_trc",
                            "smpte2084"),
    "odd_size.mp4": encoded("-vf", "scale=321:241,setsar=1", "-c:v", "mpeg4", "-q:v", "5"),
    "odd_size.webm": encoded(*_VP9, "-vf", "scale=177:99,setsar=1"),
    "portrait.mp4": encoded(size=(180, 320)),
    "tiny.mp4": encoded(size=(16, 16)),
    "square.mp4": encoded(size=(240, 240)),
    "cinema.mp4": encoded(size=(560, 240)),
    "strip.mp4": encoded(size=(1280, 32)),
    "many_slices.mp4": encoded("-slices", "4", "-tune", "zerolatency"),
    "changing_size.ts": joined(*(
        encoded("-output_ts_offset", f"{number / 2}", audio=False, seconds=0.5, size=size)
        for number, size in enumerate(((320, 180), (480, 360), (160, 120)))
    )),
    "changing_pixels.ts": joined(*(
        encoded("-output_ts_offset", f"{number / 2}", "-pix_fmt", pixels, audio=False, seconds=0.5)
        for number, pixels in enumerate(("yuv420p", "yuv444p", "yuv420p10le"))
    )),
    "changing_codec.ts": joined(encoded(audio=False), encoded("-c:v", "mpeg4", audio=False)),
    "too_small.mp4": encoded(size=(8, 8)),
}  # fmt: skip
