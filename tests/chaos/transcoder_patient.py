"""The instant transcoder, as a plugin, but for a moment after each segment: long enough for something to happen."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from core.api import Chunk, EncodedSet, Grown, Plan, Report, Transcoder, hookimpl, nobody_watches
from tests.fakes.transcoder_instant import InstantTranscoder

_SEGMENT_SECONDS = 0.3


class PatientTranscoder(InstantTranscoder):
    """A chunk of a minute in three takes at least two seconds."""

    name = "transcoder_patient"

    async def encode(
        self, source: Path, plan: Plan, chunk: Chunk, output: Path, report: Report, grown: Grown = nobody_watches
    ) -> EncodedSet:
        async def reported(fraction: float) -> None:
            await report(fraction)
            await asyncio.sleep(_SEGMENT_SECONDS)

        return await super().encode(source, plan, chunk, output, reported, grown)


@asynccontextmanager
async def _open() -> AsyncIterator[PatientTranscoder]:
    yield PatientTranscoder()


@hookimpl
def transcoder() -> AbstractAsyncContextManager[Transcoder]:
    return _open()
