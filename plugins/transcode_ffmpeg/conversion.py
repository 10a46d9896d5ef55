"""Runs one ffmpeg call and says what came of it: files, a reason there will never be any, or trouble of ours."""

import errno
from collections.abc import Sequence
from pathlib import Path

from core.api import (
    ChildFailed,
    DeadlineExceeded,
    Finished,
    MediaRejected,
    NoProgress,
    OutputExceeded,
    Reason,
    Report,
    StorageFull,
    run,
)
from plugins.transcode_ffmpeg.budget import Budget
from plugins.transcode_ffmpeg.commands import SOURCE
from plugins.transcode_ffmpeg.settings import TranscodeSettings


class Progress:
    """Turns what ffmpeg counts into a fraction that only grows: frames, or where there are none, seconds of sound."""

    def __init__(self, report: Report, *, frames: float = 0, seconds: float = 0) -> None:
        """`frames` or `seconds` is what is expected."""
        self._key, expected = ("frame", frames) if frames else ("out_time_us", seconds * 1_000_000)
        self._expected = max(1.0, expected)
        self._report = report
        self.reached = 0
        """Frames, or microseconds, that are done."""

    async def read(self, line: str) -> bool:
        """Take a line of ffmpeg's progress; tell whether it got any further."""
        key, _, value = line.partition("=")
        if key != self._key or not value.strip().isdigit() or int(value) <= self.reached:
            return False
        self.reached = int(value)
        # The last hundredth belongs to the files: only who has them says that all is done.
        await self._report(min(0.99, self.reached / self._expected))
        return True


async def convert(
    command: Sequence[str], source: Path, output: Path, budget: Budget, settings: TranscodeSettings, progress: Progress
) -> Finished:
    """Run `command` with the folder `output` to write to, and return what it said and cost.

    It is for the caller to see that there is room. Raises MediaRejected, StorageFull or ProcessError.
    """
    try:
        return await run(
            command,
            limits=budget.limits(settings.encode_memory),
            deadline=budget.deadline,
            read_only={SOURCE: source},
            writable=output,
            on_line=progress.read,
            idle_timeout=settings.idle_timeout,
            sandboxed=settings.sandbox != "off",
        )
    except DeadlineExceeded as error:
        raise MediaRejected(Reason.DEADLINE_EXCEEDED, error.detail) from error
    except NoProgress as error:
        raise MediaRejected(Reason.NO_PROGRESS, error.detail) from error
    except OutputExceeded as error:
        raise MediaRejected(Reason.OUTPUT_LIMIT, error.detail) from error
    except ChildFailed as error:
        raise _reason(error) from error


def complaint(stderr: str) -> str | None:
    """Return the first thing that a decoder said of damage, or None."""
    return next((line.strip() for line in stderr.splitlines() if any(word in line for word in _DAMAGE)), None)


_DAMAGE = ("corrupt decoded frame", "Error submitting packet to decoder", "error while decoding", "concealing")
"""ffmpeg's words (fftools/ffmpeg_dec.c, libavcodec/h264_slice.c, error_resilience.c)."""


def _reason(error: ChildFailed) -> Exception:
    """Tell a file that can never be converted from trouble that may be over the next time."""
    if error.killed:
        return error
    if _says(error, errno.ENOSPC, "No space left on device"):
        return StorageFull(f"No space is left in the work folder: {error.detail}")
    if _says(error, errno.ENOMEM, "Cannot allocate memory"):
        return MediaRejected(Reason.TOO_LARGE, f"it needs more memory than encode_memory allows: {error.detail}")
    if _says(error, errno.EACCES, "Permission denied") or error.exit_status == _NOT_STARTED:
        return error
    return MediaRejected(Reason.DAMAGED, error.detail)


_NOT_STARTED = 127


def _says(error: ChildFailed, number: int, words: str) -> bool:
    return error.exit_status == 256 - number or words in error.stderr
