"""The instant transcoder, as a plugin, in a process that is frozen in the middle of its first chunk."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from core.api import EncodedSet, Transcoder, hookimpl
from tests.fakes.transcoder_instant import InstantTranscoder


class FrozenTranscoder(InstantTranscoder):
    """Stops its own process (SIGSTOP) where MUTOSCOPE_DATA_DIR says that it is one, before it stores anything."""

    name = "transcoder_frozen"

    async def encode(self, *arguments: Any) -> EncodedSet:
        made = await super().encode(*arguments)
        if folder := os.environ.get("MUTOSCOPE_DATA_DIR"):
            (Path(folder) / "frozen").touch()
            os.kill(os.getpid(), signal.SIGSTOP)
        return made


@asynccontextmanager
async def _open() -> AsyncIterator[FrozenTranscoder]:
    yield FrozenTranscoder()


@hookimpl
def transcoder() -> AbstractAsyncContextManager[Transcoder]:
    return _open()
