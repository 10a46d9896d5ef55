"""The transcoder: every method ends in an answer, a reason, or an exception that is worth another try."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import imageio_ffmpeg
import structlog

from core.api import (
    Chunk,
    EncodedSet,
    Finished,
    Grown,
    Limits,
    MediaInfo,
    MediaRejected,
    Plan,
    ProcessError,
    Reason,
    Report,
    nobody_watches,
    room_for,
    run,
    sandbox_status,
)
from plugins.transcode_ffmpeg.budget import Budget
from plugins.transcode_ffmpeg.commands import CommandLine
from plugins.transcode_ffmpeg.conversion import Progress, complaint, convert
from plugins.transcode_ffmpeg.grid import end_of, length_of
from plugins.transcode_ffmpeg.growth import Growth
from plugins.transcode_ffmpeg.plan import plan
from plugins.transcode_ffmpeg.playlists import read_set
from plugins.transcode_ffmpeg.probe import probe
from plugins.transcode_ffmpeg.results import read_chunk, read_copy, shapes, sound_shapes
from plugins.transcode_ffmpeg.settings import TranscodeSettings

_LEAST_SHARE = 0.9
_SLACK_SECONDS = 2.0
"""Announced durations are estimates in some containers; less than this share, by more than this, is a broken file."""

_OLDEST = (5, 1)
"""Older ones do not know all options that we use, and nobody mends them any more."""

_log = structlog.get_logger(__name__)


class FfmpegTranscoder:
    """Probes with PyAV and encodes with ffmpeg, both as sandboxed children."""

    name = "transcode_ffmpeg"

    def __init__(self, settings: TranscodeSettings, program: str, *, version: str = "", min_free: int = 0) -> None:
        """`min_free` is how many bytes of the disk it leaves to others; `version` is that of the program."""
        self.version = version
        self._settings, self._min_free = settings, min_free
        self._commands = CommandLine(program, settings)

    async def probe(self, source: Path) -> MediaInfo:
        return await probe(source, self._settings)

    def plan(self, info: MediaInfo) -> Plan:
        return plan(info, self._settings)

    async def copy(self, source: Path, plan: Plan, output: Path, report: Report) -> EncodedSet:
        if plan.copy_refused is not None:
            raise ValueError(f"the source cannot be offered as it is ({plan.copy_refused}): encode it")
        progress = Progress(report, frames=plan.frames)
        budget = Budget.of_copy(plan, self._settings)
        finished = await self._convert(self._commands.remux(plan), source, output, budget, progress)
        try:
            result = await asyncio.to_thread(read_copy, output, plan)
        except ValueError as error:
            raise MediaRejected(Reason.DAMAGED, str(error)) from error
        _check_length(result.duration, plan.info.duration)
        await report(1.0)
        return result.model_copy(update={"cpu_seconds": finished.cpu_seconds})

    async def encode(
        self, source: Path, plan: Plan, chunk: Chunk, output: Path, report: Report, grown: Grown = nobody_watches
    ) -> EncodedSet:
        progress = Progress(report, frames=end_of(plan, chunk) - chunk.cuts[0])
        budget = Budget.of_chunk(plan, chunk, self._settings)
        conversion = self._convert(self._commands.ladder(plan, chunk), source, output, budget, progress)
        if grown is nobody_watches:
            finished = await conversion
        else:
            finished = await Growth(output, shapes(plan, chunk), grown).during(conversion)
        try:
            result = await asyncio.to_thread(read_chunk, output, plan, chunk, progress.reached)
        except ValueError as error:
            raise MediaRejected(Reason.DAMAGED, str(error)) from error
        if chunk.end is None:
            _check_length(float(progress.reached / plan.frame_rate), length_of(plan, chunk))
        told = {"cpu_seconds": finished.cpu_seconds, "complaint": complaint(finished.stderr)}
        result = result.model_copy(update=told)
        await grown(result)
        await report(1.0)
        return result

    async def encode_sound(self, source: Path, plan: Plan, output: Path, report: Report) -> EncodedSet:
        if not plan.sounds:
            raise ValueError("the plan has no sound: there is nothing to encode")
        progress = Progress(report, seconds=plan.info.duration)
        budget = Budget.of_sound(plan, self._settings)
        finished = await self._convert(self._commands.sound(plan), source, output, budget, progress)
        try:
            result = await asyncio.to_thread(read_set, output, sound_shapes(plan))
        except ValueError as error:
            raise MediaRejected(Reason.DAMAGED, str(error)) from error
        await report(1.0)
        return result.model_copy(update={"cpu_seconds": finished.cpu_seconds})

    async def _convert(
        self, command: Sequence[str], source: Path, output: Path, budget: Budget, progress: Progress
    ) -> Finished:
        # Better now than after an hour.
        async with room_for(output, budget.most, floor=self._min_free):
            return await convert(command, source, output, budget, self._settings, progress)


def _check_length(seconds: float, expected: float) -> None:
    if seconds < min(expected * _LEAST_SHARE, expected - _SLACK_SECONDS):
        raise MediaRejected(Reason.DAMAGED, f"it ends after {seconds:.1f} of {expected:.1f} seconds")


@asynccontextmanager
async def open_transcoder(settings: TranscodeSettings, *, min_free: int = 0) -> AsyncIterator[FfmpegTranscoder]:
    """Find ffmpeg, say which it is and whether there is a sandbox, and give the transcoder.

    `min_free` is how many bytes of the disk it leaves to others. Raises RuntimeError when it cannot work.
    """
    program = settings.ffmpeg or await asyncio.to_thread(imageio_ffmpeg.get_ffmpeg_exe)
    if not await asyncio.to_thread(Path(program).is_file):
        raise RuntimeError(f"transcode_ffmpeg.ffmpeg = {program!r} is no file. Give ffmpeg's path, or leave it empty.")
    version = await _version(program)
    await _tell_of_sandbox(settings)
    yield FfmpegTranscoder(settings, program, version=version, min_free=min_free)


async def _version(program: str) -> str:
    """Return what ffmpeg says it is, and warn of one that is known to be too old. Raises RuntimeError."""
    try:
        said = await run([program, "-version"], limits=Limits(file_size=0), deadline=60, sandboxed=False)
    except ProcessError as error:
        raise RuntimeError(f"transcode_ffmpeg.ffmpeg = {program!r} does not run: {error.detail}") from error
    version = " ".join(said.stdout.decode(errors="replace").split()[:3])
    number = re.match(r"ffmpeg version n?(\d+)\.(\d+)", version)
    if number and (int(number[1]), int(number[2])) < _OLDEST:
        _log.warning(
            "OLD FFMPEG: it has holes that newer ones do not have. Leave transcode_ffmpeg.ffmpeg empty for the bundled "
            f"one, or install {_OLDEST[0]}.{_OLDEST[1]} or newer.",
            version=version,
        )
    else:
        _log.info("ffmpeg_found", version=version)
    return version


async def _tell_of_sandbox(settings: TranscodeSettings) -> None:
    if settings.sandbox == "off":
        _log.warning("NO SANDBOX for media: transcode_ffmpeg.sandbox is off")
        return
    status = await asyncio.to_thread(sandbox_status)
    if not status.works and settings.sandbox == "required":
        raise RuntimeError(f"{status.detail} transcode_ffmpeg.sandbox requires it: install it, or set it to auto.")
    if status.works:
        _log.info(status.detail)
    else:
        _log.warning(status.detail)
