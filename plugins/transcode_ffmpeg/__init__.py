"""Turns uploads into HLS renditions with ffmpeg, in sandboxed child processes."""

from contextlib import AbstractAsyncContextManager

from pydantic import BaseModel

from core.api import Settings, Transcoder, hookimpl
from plugins.transcode_ffmpeg.ffmpeg_transcoder import open_transcoder
from plugins.transcode_ffmpeg.settings import TranscodeSettings


@hookimpl
def settings_model() -> type[BaseModel]:
    return TranscodeSettings


@hookimpl
def transcoder(settings: Settings) -> AbstractAsyncContextManager[Transcoder]:
    own = settings.plugin("transcode_ffmpeg", TranscodeSettings)
    return open_transcoder(own, min_free=settings.core.jobs.min_free_bytes)
