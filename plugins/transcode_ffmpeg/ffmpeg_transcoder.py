"""The transcoder: every method ends in an answer, a reason, or an exception that is worth another try."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import imageio_ffmpeg
import structlog

from core.api import EncodedSet, MediaInfo, MediaRejected, Plan, Reason, Report, sandbox_status
from plugins.transcode_ffmpeg.commands import CommandLine
from plugins.transcode_ffmpeg.conversion import convert
from plugins.transcode_ffmpeg.plan import display_size, plan
from plugins.transcode_ffmpeg.playlists import read_set
from plugins.transcode_ffmpeg.probe import probe
from plugins.transcode_ffmpeg.settings import TranscodeSettings

_LEAST_SHARE = 0.9
_SLACK_SECONDS = 2.0
"""Announced durations are estimates in some containers; less than this share, by more than this, is a broken file."""

_log = structlog.get_logger(__name__)


class FfmpegTranscoder:
    """Probes with PyAV and encodes with ffmpeg, both as sandboxed children."""

    name = "transcode_ffmpeg"

    def __init__(self, settings: TranscodeSettings, program: str) -> None:
        self._settings = settings
        self._commands = CommandLine(program, settings)

    async def probe(self, source: Path) -> MediaInfo:
        return await probe(source, self._settings)

    def plan(self, info: MediaInfo) -> Plan:
        return plan(info, self._settings)

    async def copy(self, source: Path, plan: Plan, output: Path, report: Report) -> EncodedSet:
        if plan.copy_refused is not None:
            raise ValueError(f"the source cannot be offered as it is ({plan.copy_refused}): encode it")
        await convert(self._commands.remux(plan), source, output, plan, self._settings, report)
        sizes = [(plan.rungs[0].name, *display_size(plan.info.video))]
        return await self._finished(output, plan, sizes, report)

    async def encode(self, source: Path, plan: Plan, output: Path, report: Report) -> EncodedSet:
        await convert(self._commands.ladder(plan), source, output, plan, self._settings, report)
        sizes = [(rung.name, rung.width, rung.height) for rung in plan.rungs]
        return await self._finished(output, plan, sizes, report)

    async def _finished(
        self, output: Path, plan: Plan, sizes: list[tuple[str, int, int]], report: Report
    ) -> EncodedSet:
        try:
            result = await asyncio.to_thread(read_set, output, plan, sizes)
        except ValueError as error:
            raise MediaRejected(Reason.DAMAGED, str(error)) from error
        announced = plan.info.duration
        if result.duration < min(announced * _LEAST_SHARE, announced - _SLACK_SECONDS):
            raise MediaRejected(Reason.DAMAGED, f"it ends after {result.duration:.1f} of {announced:.1f} seconds")
        await report(1.0)
        return result


@asynccontextmanager
async def open_transcoder(settings: TranscodeSettings) -> AsyncIterator[FfmpegTranscoder]:
    """Find ffmpeg, say whether there is a sandbox, and give the transcoder. Raises RuntimeError when it cannot work."""
    program = settings.ffmpeg or await asyncio.to_thread(imageio_ffmpeg.get_ffmpeg_exe)
    if not await asyncio.to_thread(Path(program).is_file):
        raise RuntimeError(f"transcode_ffmpeg.ffmpeg = {program!r} is no file. Give ffmpeg's path, or leave it empty.")
    if settings.sandbox == "off":
        _log.warning("NO SANDBOX for media: transcode_ffmpeg.sandbox is off")
    else:
        status = await asyncio.to_thread(sandbox_status)
        if not status.works and settings.sandbox == "required":
            raise RuntimeError(f"{status.detail} transcode_ffmpeg.sandbox requires it: install it, or set it to auto.")
        if status.works:
            _log.info(status.detail)
        else:
            _log.warning(status.detail)
    yield FfmpegTranscoder(settings, program)
