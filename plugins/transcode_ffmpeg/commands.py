"""Builds ffmpeg's command line for a plan: constants and numbers of ours, never a word from the file or its owner."""

import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ffmpeg

from core.api import Plan
from plugins.transcode_ffmpeg.formats import CONTAINERS, DECODERS, PROTOCOLS
from plugins.transcode_ffmpeg.graph import (
    AUDIO_RATE,
    POSTER_CANDIDATES,
    normalised,
    poster_picture,
    scaled,
    stereo,
)
from plugins.transcode_ffmpeg.plan import copies_audio
from plugins.transcode_ffmpeg.settings import TranscodeSettings

if TYPE_CHECKING:
    from ffmpeg.nodes import FilterableStream, InputNode, OutputStream

SOURCE = "/source"
"""The one path that is ever opened for reading; the sandbox mounts the file there."""

POSTER = "poster.jpg"
AUDIO = "audio"

_MAIN = ["-nostdin", "-hide_banner", "-loglevel", "warning", "-nostats", "-progress", "pipe:1", "-stats_period", "0.5"]
_SEEKABLE_SECONDS = 2
_MOST_THREADS = 8  # beyond, more threads cost memory and bring nothing


@dataclass(frozen=True, slots=True)
class CommandLine:
    """How to call ffmpeg; `program` is its path."""

    program: str
    settings: TranscodeSettings

    def ladder(self, plan: Plan) -> list[str]:
        """Return the call that decodes once and encodes every rung, the sound, and a poster."""
        source = self._input(plan)
        pictures = normalised(source["V:0"], plan).filter_multi_output("split", len(plan.rungs))
        streams = [scaled(pictures.stream(index), rung) for index, rung in enumerate(plan.rungs)]
        options = self._video_options(plan)
        if plan.info.audio:
            streams.append(stereo(source))
            options |= self._audio_options()
        return self._compile(self._hls(streams, [rung.name for rung in plan.rungs], plan, options), plan)

    def remux(self, plan: Plan) -> list[str]:
        """Return the call that cuts the source's own pictures into segments; sound is encoded where it has to be."""
        source = self._input(plan)
        streams = [source["V:0"]]
        options: dict[str, object] = {"c:v": "copy", "tag:v": "avc1"}
        if plan.info.audio:
            keep = copies_audio(plan.info)
            streams.append(source["a:0"] if keep else stereo(source))
            options |= {"c:a": "copy"} if keep else self._audio_options()
        return self._compile(self._hls(streams, [plan.rungs[0].name], plan, options), plan)

    def _input(self, plan: Plan, **options: str) -> "InputNode":
        limits = {
            "format_whitelist": CONTAINERS,
            "protocol_whitelist": PROTOCOLS,
            "codec_whitelist": DECODERS,
            "max_pixels": self.settings.max_pixels,
            "threads": min(_cores(), _MOST_THREADS),
            # A second line against files that are longer than they say.
            "t": _longest(plan),
        }
        return ffmpeg.input(SOURCE, **{**limits, **options})

    def _video_options(self, plan: Plan) -> dict[str, object]:
        distance = keyframe_distance(plan, self.settings)
        options: dict[str, object] = {
            "c:v": "libx264",
            "preset": self.settings.preset,
            "crf": self.settings.crf,
            "profile:v": "high",
            # Keyframes at the same frames in every rung: players switch there.
            "g": distance,
            "keyint_min": distance,
            "sc_threshold": 0,
            "threads:v": self.settings.threads or min(_MOST_THREADS, math.ceil(_cores() / len(plan.rungs))),
        }
        for index, rung in enumerate(plan.rungs):
            options |= {f"maxrate:v:{index}": rung.max_bitrate, f"bufsize:v:{index}": 2 * rung.max_bitrate}
        return options

    def _audio_options(self) -> dict[str, object]:
        return {"c:a": "aac", "b:a": f"{self.settings.audio_kbits}k", "ar": AUDIO_RATE, "ac": 2}

    def _hls(
        self, streams: "list[FilterableStream]", names: list[str], plan: Plan, options: dict[str, object]
    ) -> "OutputStream":
        group = ",agroup:audio" if plan.info.audio else ""
        variants = [f"v:{index}{group},name:{name}" for index, name in enumerate(names)]
        if plan.info.audio:
            variants.append(f"a:0,agroup:audio,name:{AUDIO}")
        return ffmpeg.output(
            *streams,
            "%v.m3u8",
            f="hls",
            hls_segment_type="fmp4",
            # A little less than the distance of keyframes, or rounding joins two segments.
            hls_time=f"{keyframe_distance(plan, self.settings) / plan.frame_rate - 0.01:.3f}",
            hls_playlist_type="event",
            hls_list_size=0,
            hls_flags="independent_segments+temp_file",
            # ffmpeg fills the name in only where there are several.
            hls_fmp4_init_filename="%v_init.mp4" if len(variants) > 1 else f"{names[0]}_init.mp4",
            hls_segment_filename="%v_%05d.m4s",
            # Otherwise the time the encoders need for their look-ahead would delay pictures and sound, each by its own.
            avoid_negative_ts="disabled",
            var_stream_map=" ".join(variants),
            map_metadata=-1,
            map_chapters=-1,
            # Sound that begins late or goes on without pictures ends with them.
            t=_longest(plan),
            **options,
        )

    def _compile(self, hls: "OutputStream", plan: Plan) -> list[str]:
        program, *arguments = ffmpeg.merge_outputs(hls, self._poster(plan)).compile(cmd=self.program)
        return [program, *_MAIN, "-filter_complex_threads", str(min(_cores(), _MOST_THREADS)), *arguments]

    def _poster(self, plan: Plan) -> "OutputStream":
        """Look at the file a second time, from a tenth of it on.

        ffmpeg tells no progress before every output has its first picture, so the poster may not wait for the encoders.
        """
        start = plan.info.duration / 10 if plan.info.duration >= _SEEKABLE_SECONDS else 0
        # Without an end of its own this input would be decoded to that of the file, long after the picture is taken.
        seconds = max(1.0, float((POSTER_CANDIDATES + 1) / plan.info.video.average_rate))
        source = self._input(plan, ss=f"{start:.3f}", t=f"{seconds:.3f}")
        picture = poster_picture(normalised(source["V:0"], plan), plan)
        image = {"f": "image2", "update": 1, "frames:v": 1, "c:v": "mjpeg", "q:v": 3, "map_metadata": -1}
        return ffmpeg.output(picture, POSTER, **image)


def keyframe_distance(plan: Plan, settings: TranscodeSettings) -> int:
    """Return how many frames a segment has."""
    return max(1, round(plan.frame_rate * settings.segment_seconds))


def _longest(plan: Plan) -> str:
    """Return the announced duration and one frame, in seconds."""
    return f"{plan.info.duration + 1 / plan.frame_rate:.3f}"


def _cores() -> int:
    # Containers and taskset give fewer than the machine has; macOS cannot tell.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
