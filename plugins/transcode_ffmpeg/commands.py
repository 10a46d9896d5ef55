"""Builds ffmpeg's command line for a plan: constants and numbers of ours, never a word from the file or its owner."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ffmpeg

from core.api import Chunk, Plan, Sound
from plugins.transcode_ffmpeg import outputs
from plugins.transcode_ffmpeg.encoders import encoders, most_threads
from plugins.transcode_ffmpeg.formats import CONTAINERS, DECODERS, PROTOCOLS
from plugins.transcode_ffmpeg.graph import (
    AUDIO_RATE,
    held,
    normalised,
    on_grid,
    posters,
    scaled,
    stereo,
    storyboard_sheets,
)
from plugins.transcode_ffmpeg.grid import (
    COPY_POSTER,
    is_regular,
    is_whole,
    poster_moments,
    reaches_end,
    segment_seconds,
)
from plugins.transcode_ffmpeg.outputs import longest
from plugins.transcode_ffmpeg.plan import is_indexed
from plugins.transcode_ffmpeg.settings import TranscodeSettings

if TYPE_CHECKING:
    from ffmpeg.nodes import FilterableStream, InputNode, OutputStream

SOURCE = "/source"
"""The one path that is ever opened for reading; the sandbox mounts the file there."""

_MAIN = ["-nostdin", "-hide_banner", "-loglevel", "warning", "-nostats", "-progress", "pipe:1", "-stats_period", "0.5"]
_SEEKABLE_SECONDS = 2
_RUN_UP = 1.0
_BLIND_RUN_UP = 12.0
"""Seconds that decoding begins before a chunk: without an index a seek ends anywhere, far from the next keyframe."""

_PICTURE_UNITS = "1-5|7-8"
"""Slices and parameter sets (ISO/IEC 14496-10, table 7-1). All else holds no picture, but perhaps where it was taken,
or the number of the camera (THREATS T-13)."""


@dataclass(frozen=True, slots=True)
class CommandLine:
    """How to call ffmpeg; `program` is its path."""

    program: str
    settings: TranscodeSettings

    def ladder(self, plan: Plan, chunk: Chunk) -> list[str]:
        """Return the call that decodes a chunk once and makes all of it: rungs, storyboard, posters, and sound."""
        source = self._input(plan, **_seek(plan, chunk))
        made = self._pictures(on_grid(source["V:0"], plan, chunk), plan, chunk)
        made += self._sounds(source, plan) if chunk.with_sound else self._begun(source, plan)
        return self._compile(made)

    def remux(self, plan: Plan) -> list[str]:
        """Return the call that cuts the source's own pictures into segments; sound is encoded where it has to be."""
        source = self._input(plan)
        options: dict[str, object] = {
            "c:v": "copy",
            "tag:v": "avc1",
            # Players would stretch one rung by a pixel if it went on calling its pixels almost square.
            "bsf:v": f"filter_units=pass_types={_PICTURE_UNITS},h264_metadata=sample_aspect_ratio=1/1",
            "aspect": f"{plan.info.video.width}/{plan.info.video.height}",
        }
        # A little less than the distance of keyframes, or rounding joins two segments.
        seconds = segment_seconds(plan) - 0.01
        video = outputs.hls([source["V:0"]], [plan.rungs[0].name], plan, seconds, options)
        return self._compile([video, *self._sounds(source, plan), self._glimpse(plan)])

    def sound(self, plan: Plan) -> list[str]:
        """Return the call that makes the sound tracks and nothing else."""
        source = self._input(plan)
        begun = [] if is_indexed(plan.info) else [outputs.begun(source["V:0"])]
        return self._compile([*self._sounds(source, plan), *begun])

    def _input(self, plan: Plan, **options: object) -> "InputNode":
        limits = {
            "format_whitelist": CONTAINERS,
            "protocol_whitelist": PROTOCOLS,
            "codec_whitelist": DECODERS,
            "max_pixels": self.settings.max_pixels,
            # Filters that begin anew in the middle lose count of the frames; the first of them takes any picture.
            "reinit_filter:v": 0,
            "threads": most_threads(),
            # A second line against files that are longer than they say.
            "t": longest(plan),
        }
        return ffmpeg.input(SOURCE, **{**limits, **options})

    def _pictures(self, pictures: "FilterableStream", plan: Plan, chunk: Chunk) -> "list[OutputStream]":
        if not reaches_end(chunk):
            return self._branches(normalised(pictures, plan), plan, chunk)
        # What ffmpeg's progress counts is its first output.
        real, pictures = _split(pictures, 2)
        held_on = held(pictures, plan, chunk)
        return [outputs.counted(real), *self._branches(normalised(held_on, plan), plan, chunk)]

    def _branches(self, pictures: "FilterableStream", plan: Plan, chunk: Chunk) -> "list[OutputStream]":
        moments = poster_moments(plan, chunk)
        *branches, last = _split(pictures, max(1, len(plan.rungs)) + bool(moments))
        for_posters = last if moments else None
        branches = branches if moments else [*branches, last]
        streams = [scaled(branch, rung) for branch, rung in zip(branches, plan.rungs, strict=False)] or branches
        # The smallest pictures are the cheapest to make smaller ones of.
        smallest, *for_sheets = _split(streams.pop(), 2 if plan.storyboard else 1)
        made = [self._rungs([*streams, smallest], plan, chunk) if plan.rungs else outputs.counted(smallest)]
        made += [outputs.sheets(storyboard_sheets(stream, plan)) for stream in for_sheets]
        if for_posters is not None:
            made.append(outputs.posters(posters(for_posters, plan, moments)))
        return made

    def _rungs(self, streams: "list[FilterableStream]", plan: Plan, chunk: Chunk) -> "OutputStream":
        regular = is_regular(plan, chunk)
        seconds = segment_seconds(plan) - 0.01 if regular else outputs.EVERY_KEYFRAME
        options = {"start_number": chunk.first_segment, **encoders(plan, chunk, self.settings)}
        if not is_whole(chunk):
            # Fragments then keep the times they have, instead of counting from the first.
            options["hls_segment_options"] = "movflags=+frag_discont"
        return outputs.hls(streams, [rung.name for rung in plan.rungs], plan, seconds, options)

    def _sounds(self, source: "InputNode", plan: Plan) -> "list[OutputStream]":
        return [self._sound(source, plan, sound) for sound in plan.sounds]

    def _sound(self, source: "InputNode", plan: Plan, sound: Sound) -> "OutputStream":
        stream, options = source[f"a:{sound.stream}"], dict[str, object]({"c:a": "copy"})
        if sound.copy_refused is not None:
            stream = stereo(stream, plan)
            options = {"c:a": "aac", "b:a": f"{self.settings.audio_kbits}k", "ar": AUDIO_RATE, "ac": 2}
        return outputs.hls([stream], [sound.name], plan, segment_seconds(plan) - 0.01, options)

    def _begun(self, source: "InputNode", plan: Plan) -> "list[OutputStream]":
        # Where times may jump, ffmpeg takes the beginning of the streams it uses for that of the file.
        if is_indexed(plan.info):
            return []
        return [outputs.begun(source[f"a:{sound.stream}"]) for sound in plan.sounds]

    def _glimpse(self, plan: Plan) -> "OutputStream":
        """Look at the file a second time, from a tenth of it on, for a poster: nothing else is decoded."""
        start = plan.info.duration / 10
        # Without an end of its own this input would be decoded to that of the file, long after the picture is taken.
        seconds = max(1.0, float((COPY_POSTER.pictures + 1) / plan.info.video.average_rate))
        # A file that begins before 0 cannot always be sought to its beginning.
        begin = {"ss": f"{start:.3f}"} if start * 10 >= _SEEKABLE_SECONDS else {}
        source = self._input(plan, t=f"{seconds:.3f}", **begin)
        all_of_it = Chunk(index=0, first_segment=0, cuts=(0,), end=None, with_sound=False)
        pictures = normalised(on_grid(source["V:0"], plan, all_of_it), plan)
        return outputs.posters(posters(pictures, plan, [COPY_POSTER]))

    def _compile(self, made: "list[OutputStream]") -> list[str]:
        program, *arguments = ffmpeg.merge_outputs(*made).compile(cmd=self.program)
        return [program, *_MAIN, "-filter_complex_threads", str(most_threads()), *arguments]


def _split(stream: "FilterableStream", count: int) -> "list[FilterableStream]":
    if count == 1:
        return [stream]
    branches = stream.filter_multi_output("split", count)
    return [branches.stream(index) for index in range(count)]


def _seek(plan: Plan, chunk: Chunk) -> dict[str, object]:
    """Return how to begin a little before the chunk, with the times of the whole."""
    if is_whole(chunk):
        return {}
    start = float(chunk.cuts[0] / plan.frame_rate) - (_RUN_UP if is_indexed(plan.info) else _BLIND_RUN_UP)
    options: dict[str, object] = {"copyts": None, "start_at_zero": None}
    if start > 0:
        # Frames before the place count too: one may be shown until after it.
        options |= {"noaccurate_seek": None, "ss": f"{start:.3f}"}
    return options
