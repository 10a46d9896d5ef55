"""The same ladder as others make it: a bare ffmpeg that decodes once, and one ffmpeg for each rendition."""

from collections.abc import Sequence
from pathlib import Path

from bench.programs import run_ffmpeg
from core.transcoding import Rung

_SOUND = ["-map", "0:a:0", "-c:a", "aac", "-b:a", "128k", "-ar", "48000", "-ac", "2"]
_HLS = ["-f", "hls", "-hls_segment_type", "fmp4", "-hls_time", "3.99", "-hls_playlist_type", "event"]
_HLS += ["-hls_flags", "independent_segments+temp_file"]


async def one_decode(source: Path, rungs: Sequence[Rung], output: Path) -> None:
    """The graph as everybody would write it: decode, split, scale, and the encoders with their own idea of threads."""
    split = f"[0:v]split={len(rungs)}" + "".join(f"[s{index}]" for index in range(len(rungs)))
    scales = [f"[s{i}]scale={r.width}:{r.height}:flags=bicubic,setsar=1[v{i}]" for i, r in enumerate(rungs)]
    arguments = ["-i", str(source), "-filter_complex", ";".join([split, *scales])]
    for index, rung in enumerate(rungs):
        arguments += ["-map", f"[v{index}]", *_encoder(rung, f":{index}")]
    variants = " ".join([*(f"v:{index},agroup:a" for index in range(len(rungs))), "a:0,agroup:a"])
    names = ["-hls_fmp4_init_filename", "%v_init.mp4", "-hls_segment_filename", "%v_%05d.m4s"]
    await run_ffmpeg([*arguments, *_SOUND, *_HLS, *names, "-var_stream_map", variants, "%v.m3u8"], output)


async def one_by_one(source: Path, rungs: Sequence[Rung], output: Path) -> None:
    """Decode, scale and encode for each rung anew, one after another, each with its own sound."""
    for rung in rungs:
        size = ["-map", "0:v:0", "-vf", f"scale={rung.width}:{rung.height}:flags=bicubic,setsar=1"]
        names = ["-hls_fmp4_init_filename", f"{rung.name}.mp4", "-hls_segment_filename", f"{rung.name}_%05d.m4s"]
        encoding = [*size, *_encoder(rung), *_SOUND, *_HLS, *names]
        await run_ffmpeg(["-i", str(source), *encoding, f"{rung.name}.m3u8"], output)


def _encoder(rung: Rung, stream: str = "") -> list[str]:
    """Return the options that our own encoder has by default; those of the bit rate are for one stream."""
    rate = [f"-maxrate{stream}", str(rung.max_bitrate), f"-bufsize{stream}", str(2 * rung.max_bitrate)]
    keyframes = ["-g", "120", "-keyint_min", "120", "-sc_threshold", "0"]
    return ["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-profile:v", "high", *rate, *keyframes]
