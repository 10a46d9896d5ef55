"""Makes one answer of what a call left in its folder."""

from itertools import accumulate
from pathlib import Path

from core.api import Chunk, EncodedRendition, EncodedSet, Plan
from plugins.transcode_ffmpeg.copied import check_closed, check_gapless, cuts_on_grid, lengths, read_times
from plugins.transcode_ffmpeg.grid import COPY_POSTER, end_of, length_of, poster_moments
from plugins.transcode_ffmpeg.images import collect_posters, collect_sheets
from plugins.transcode_ffmpeg.plan import display_size
from plugins.transcode_ffmpeg.playlists import Shape, longest, read_set, with_durations


def shapes(plan: Plan, chunk: Chunk) -> list[Shape]:
    """Return the renditions that a chunk will have."""
    rate = float(plan.frame_rate)
    videos = [Shape(rung.name, rung.width, rung.height, rate) for rung in plan.rungs]
    return [*videos, *(sound_shapes(plan) if chunk.with_sound else [])]


def sound_shapes(plan: Plan) -> list[Shape]:
    """Return the sound tracks."""
    return [Shape(sound.name, language=sound.language) for sound in plan.sounds]


def read_chunk(folder: Path, plan: Plan, chunk: Chunk, made: int) -> EncodedSet:
    """Return what was encoded: `made` frames by ffmpeg's count. Raises ValueError when pictures are missing.

    A chunk with others behind it has to be complete, frame by frame, and cut where it was told.
    """
    encoded = read_set(folder, shapes(plan, chunk))
    begin, end = chunk.cuts[0], end_of(plan, chunk)
    if chunk.end is not None and made != end - begin:
        raise ValueError(f"the pictures end after {made} of the {end - begin} frames from number {begin} on")
    renditions = [_exact(each, plan, chunk) if each.kind == "video" else each for each in encoded.renditions]
    return EncodedSet(
        renditions=tuple(renditions),
        duration=length_of(plan, chunk),
        posters=collect_posters(folder, poster_moments(plan, chunk)),
        sheets=collect_sheets(folder, plan, begin, end),
    )


def _exact(video: EncodedRendition, plan: Plan, chunk: Chunk) -> EncodedRendition:
    """Return the rung with durations of whole frames: playlists round, and guess that of the last one."""
    lengths = [round(segment.duration * plan.frame_rate) for segment in video.segments]
    lengths[-1] = end_of(plan, chunk) - chunk.cuts[0] - sum(lengths[:-1])
    ends = [chunk.cuts[0] + length for length in accumulate(lengths)]
    if ends != [*chunk.cuts[1:], end_of(plan, chunk)]:
        raise ValueError(f"{video.name} is cut at the frames {ends}, not at {chunk.cuts[1:]}")
    return with_durations(video, [length / plan.frame_rate for length in lengths])


def read_copy(folder: Path, plan: Plan) -> EncodedSet:
    """Return what was copied, with the times its frames really have. Raises ValueError when there are none."""
    width, height = display_size(plan.info.video)
    shape = Shape(plan.rungs[0].name, width, height, float(plan.frame_rate))
    found = read_set(folder, [shape, *sound_shapes(plan)])
    check_closed(folder, found.renditions[0])
    times, end = read_times(folder, found.renditions[0])
    check_gapless(times, plan)
    seconds = lengths(times, end)
    # Containers that round times to milliseconds make short videos a little faster or slower.
    rate = float(sum(map(len, times)) / sum(seconds))
    video = with_durations(found.renditions[0], seconds).model_copy(update={"frame_rate": rate})
    renditions: tuple[EncodedRendition, ...] = (video, *found.renditions[1:])
    return EncodedSet(
        renditions=renditions,
        duration=longest(renditions[:1]),
        posters=collect_posters(folder, [COPY_POSTER]),
        cuts=cuts_on_grid(times, plan),
    )
