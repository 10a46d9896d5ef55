"""Runs one ffmpeg call and says what came of it: files, a reason there will never be any, or trouble of ours."""

import errno
import math
from collections.abc import Sequence
from pathlib import Path

from core.api import (
    MIB,
    ChildFailed,
    DeadlineExceeded,
    Limits,
    MediaRejected,
    NoProgress,
    OutputExceeded,
    Plan,
    Reason,
    Report,
    StorageFull,
    run,
)
from plugins.transcode_ffmpeg.commands import SOURCE
from plugins.transcode_ffmpeg.settings import TranscodeSettings

_MARGIN_BYTES = 32 * MIB
_MARGIN_FILES = 32
_THREADS = 1024


async def convert(
    command: Sequence[str], source: Path, output: Path, plan: Plan, settings: TranscodeSettings, report: Report
) -> None:
    """Run `command` with the folder `output` to write to. Raises MediaRejected, StorageFull or ProcessError."""
    progress = _Progress(plan, report)
    try:
        await run(
            command,
            limits=_limits(plan, settings),
            deadline=settings.deadline(plan.info.duration),
            read_only={SOURCE: source},
            writable=output,
            on_line=progress.read,
            idle_timeout=settings.idle_timeout,
            sandboxed=settings.sandbox != "off",
        )
    except DeadlineExceeded as error:
        raise MediaRejected(Reason.DEADLINE_EXCEEDED, str(error)) from error
    except NoProgress as error:
        raise MediaRejected(Reason.NO_PROGRESS, str(error)) from error
    except OutputExceeded as error:
        raise MediaRejected(Reason.OUTPUT_LIMIT, str(error)) from error
    except ChildFailed as error:
        raise _reason(error) from error


def _limits(plan: Plan, settings: TranscodeSettings) -> Limits:
    """Allow twice what the plan can need, and a margin for the shortest videos."""
    duration = plan.info.duration
    bits = sum(rung.max_bitrate for rung in plan.rungs) * settings.copy_headroom + settings.audio_kbits * 1000
    size = round(2 * bits / 8 * duration) + _MARGIN_BYTES
    segments = math.ceil(duration / settings.segment_seconds) + 1
    return Limits(
        memory=settings.encode_memory,
        cpu_seconds=round(settings.deadline(duration) * 8),
        file_size=size,
        processes=_THREADS,
        output_bytes=size,
        output_files=2 * segments * (len(plan.rungs) + 1) + _MARGIN_FILES,
    )


def _reason(error: ChildFailed) -> Exception:
    """Tell a file that can never be converted from trouble that may be over the next time."""
    if error.killed:
        return error
    if _says(error, errno.ENOSPC, "No space left on device"):
        return StorageFull(f"No space is left in the work folder: {error}")
    if _says(error, errno.ENOMEM, "Cannot allocate memory"):
        return MediaRejected(Reason.TOO_LARGE, f"it needs more memory than encode_memory allows: {error}")
    if _says(error, errno.EACCES, "Permission denied") or error.exit_status == _NOT_STARTED:
        return error
    return MediaRejected(Reason.DAMAGED, str(error))


_NOT_STARTED = 127


def _says(error: ChildFailed, number: int, words: str) -> bool:
    return error.exit_status == 256 - number or words in error.stderr


class _Progress:
    """Turns the frames that ffmpeg counts into a fraction that only grows."""

    def __init__(self, plan: Plan, report: Report) -> None:
        self._expected = max(1.0, plan.info.duration * plan.frame_rate)
        self._report = report
        self._frames = 0

    async def read(self, line: str) -> bool:
        key, _, value = line.partition("=")
        if key != "frame" or not value.strip().isdigit() or int(value) <= self._frames:
            return False
        self._frames = int(value)
        # The last hundredth belongs to the files: only who has them says that all is done.
        await self._report(min(0.99, self._frames / self._expected))
        return True
