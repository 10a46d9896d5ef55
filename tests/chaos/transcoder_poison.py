"""The instant transcoder, as a plugin, whose process dies of poisonous videos, as of a fatal mistake in a library."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from core.api import MediaInfo, Transcoder, hookimpl
from tests.fakes.transcoder_instant import InstantTranscoder, instant_video

_MARK = b"poison"
POISON = instant_video(codec="vp9").rstrip() + b" " * 1024 + _MARK


class PoisonTranscoder(InstantTranscoder):
    """Kills its own process (SIGKILL) when it is to look at POISON."""

    name = "transcoder_poison"

    async def probe(self, source: Path) -> MediaInfo:
        if (await asyncio.to_thread(source.read_bytes)).endswith(_MARK):
            os.kill(os.getpid(), signal.SIGKILL)
        return await super().probe(source)


@asynccontextmanager
async def _open() -> AsyncIterator[PoisonTranscoder]:
    yield PoisonTranscoder()


@hookimpl
def transcoder() -> AbstractAsyncContextManager[Transcoder]:
    return _open()
