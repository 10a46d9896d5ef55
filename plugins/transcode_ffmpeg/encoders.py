"""The options of the encoders: bit rates, threads, and keyframes where the segments are cut."""

import math
import os
from fractions import Fraction

from core.api import Chunk, Plan
from plugins.transcode_ffmpeg.grid import is_regular, longest_segment
from plugins.transcode_ffmpeg.settings import TranscodeSettings

_MOST_THREADS = 8  # beyond, more threads cost memory and bring nothing
_LONGEST_ARGUMENT = 120_000  # Linux takes 128 KiB


def encoders(plan: Plan, chunk: Chunk, settings: TranscodeSettings) -> dict[str, object]:
    """Return the options of the rungs' encoders, which set keyframes at the chunk's cuts and nowhere else."""
    regular = is_regular(plan, chunk)
    # The last segment may turn out longer than announced: no keyframe comes by itself between two cuts.
    distance = plan.segment_frames if regular else plan.segment_frames + longest_segment(plan, chunk)
    options: dict[str, object] = {
        "c:v": "libx264",
        "preset": settings.preset,
        "crf": settings.crf,
        "profile:v": "high",
        # Keyframes at the same frames in every rung: players switch there.
        "g": distance,
        "keyint_min": distance if regular else 1,
        "sc_threshold": 0,
    }
    area = sum(rung.width * rung.height for rung in plan.rungs)
    for index, rung in enumerate(plan.rungs):
        # As many as its share of the work: with one for each rung, the largest is waited for on idle cores.
        threads = settings.threads or most_threads(Fraction(rung.width * rung.height, area))
        options |= {
            f"maxrate:v:{index}": rung.max_bitrate,
            f"bufsize:v:{index}": 2 * rung.max_bitrate,
            f"threads:v:{index}": threads,
        }
        if not regular:
            # Told to each by itself: ffmpeg 9 eats the list while it reads it, and the next encoder would get one time.
            options[f"force_key_frames:v:{index}"] = _times(plan, chunk)
    return options


def _times(plan: Plan, chunk: Chunk) -> str:
    """Return the moments from which on the next frame is a keyframe: half a frame before each cut."""
    moments = (max(Fraction(0), (cut - Fraction(1, 2)) / plan.frame_rate) for cut in chunk.cuts)
    times = ",".join(f"{float(moment):.3f}" for moment in moments)
    if len(times) > _LONGEST_ARGUMENT:
        raise ValueError(f"{len(chunk.cuts)} segments of unequal length are too many for one call: use smaller chunks")
    return times


def most_threads(share: Fraction = Fraction(1)) -> int:
    """Return how many threads may work on such a share of all there is to do."""
    # Containers and taskset give fewer than the machine has; macOS cannot tell.
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(_MOST_THREADS, math.ceil(cores * share))
