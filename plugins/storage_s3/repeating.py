"""Work that is done again and again beside everything else, and that may fail in between."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from core.api import StorageError

log = structlog.get_logger()


@asynccontextmanager
async def repeating(action: Callable[[], Awaitable[None]], *, every: float) -> AsyncIterator[None]:
    """Do it every so many seconds, for as long as the context is open; the first time after one such wait."""

    async def repeat() -> None:
        while True:
            await asyncio.sleep(every)
            try:
                await action()
            except StorageError as error:
                log.warning("storage_s3_upkeep_failed", action=action.__name__, detail=str(error))

    task = asyncio.create_task(repeat())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
