"""Frames that come at odd rates, at odd times, in odd order, or hardly at all."""

from core.testing.media.makers import PICTURE, TONE, Maker, called, encoded, joined, wrapped

_FFV = ("-fps_mode", "passthrough")
_LATE = ("-avoid_negative_ts", "disabled")


TIMING: dict[str, Maker] = {
    "film.mp4": encoded("-c:a", "ac3", rate="24000/1001"),
    "film_rounded_times.mkv": encoded(rate="24000/1001"),
    "pal.mp4": encoded(rate="25"),
    "ntsc.mp4": encoded(rate="30000/1001"),
    "pal_progressive.mp4": encoded(rate="50"),
    "ntsc_progressive.mp4": encoded(rate="60000/1001"),
    "fast.mp4": encoded("-vf", "fps=120"),
    "slide_show.mp4": encoded("-r", "1", seconds=2),
    "time_lapse.mp4": encoded("-bf", "0", "-r", "7"),
    "variable_rate.mp4": encoded("-vf", "select=not(mod(n\\,3))+lt(n\\,12)", "-fps_mode", "vfr", seconds=2),
    "variable_rate.mkv": encoded("-vf", "setpts=PTS+0.4/TB*mod(N\\,2)*0.02", *_FFV),
    "pause.mkv": encoded("-vf", "setpts=PTS+gte(N\\,15)*3/TB", *_FFV, audio=False),
    "open_gop.mp4": encoded("-preset", "veryfast", "-x264-params", "open-gop=1:keyint=10:bframes=3"),
    # Half of the keyframes are closed, and these are the ones that a look at every fourth finds, or at those before.
    "open_and_closed_gops.mp4": encoded(
        "-preset",
        "veryfast",
        "-forced-idr",
        "1",
        "-force_key_frames",
        "expr:eq(mod(n,40),0)+eq(mod(n,40),30)",
        "-x264-params",
        "open-gop=1:keyint=10:min-keyint=1:scenecut=0:bframes=3",
        seconds=13.2,
        rate="25",
    ),
    "pyramid.mp4": encoded("-preset", "veryfast", "-x264-params", "b-pyramid=normal:bframes=8:b-adapt=0"),
    "open_gop_hevc.mp4": encoded(
        "-c:v", "libx265", "-x265-params", "log-level=error:open-gop=1:keyint=10:bframes=3", "-tag:v", "hvc1"
    ),
    "intra_only.mp4": encoded("-g", "1"),
    "periodic_refresh.mp4": encoded("-x264-params", "intra-refresh=1:keyint=15"),
    "several_keyframes.mp4": encoded("-g", "30", "-bf", "2", seconds=9),
    "one_long_gop.mp4": encoded("-g", "999", "-preset", "veryfast", seconds=10, size=(160, 90), rate="10"),
    "cut_by_edit_list.mp4": wrapped("-avoid_negative_ts", "make_zero", before=("-ss", "0.4")),
    "cut_before_keyframe.mov": wrapped(before=("-ss", "0.4", "-noaccurate_seek")),
    "begins_with_nothing.mp4": wrapped("-output_ts_offset", "1", "-movflags", "+negative_cts_offsets"),
    "begins_at_100.ts": wrapped("-output_ts_offset", "100", "-muxdelay", "0"),
    "begins_at_100.mkv": wrapped("-output_ts_offset", "100"),
    "clock_wraps.ts": wrapped("-output_ts_offset", "95443.2", "-muxdelay", "0"),
    "clock_starts_again.ts": joined(*(encoded("-c:a", "aac", seconds=0.5),) * 2),
    "negative_times.mp4": wrapped("-output_ts_offset", "-0.5", *_LATE),
    "negative_times.mkv": wrapped("-output_ts_offset", "-0.5", *_LATE),
    "late_picture.mp4": called(*TONE, "-itsoffset", "0.5", *PICTURE, "-c:v", "libx264", "-pix_fmt", "yuv420p"),
    "same_times.mkv": encoded("-vf", "setpts=(N-mod(N\\,2))/30/TB", "-bf", "0", *_FFV, audio=False),
    "one_frame.mp4": encoded("-frames:v", "1", audio=False),
    "one_frame_with_sound.mp4": encoded("-frames:v", "1"),
    "two_frames.mp4": encoded("-frames:v", "2", audio=False),
}
