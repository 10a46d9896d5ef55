"""Enqueue work in the caller's transaction and ring the bell once it is committed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from tortoise.backends.base.client import BaseDBAsyncClient

from core.database import transaction
from core.jobs import table
from core.models import Job

_MOST_RINGS = 16
"""More are found by whoever has heard one of these, or by the next sweep."""


class Bell(Protocol):
    """Wakes workers. It may be lost, doubled or late: nothing depends on it but speed."""

    async def ring(self) -> None:
        """Say that somebody should look at the job table."""
        ...


class Work:
    """A transaction that may enqueue jobs; they exist exactly if it commits."""

    def __init__(self, connection: BaseDBAsyncClient) -> None:
        self.connection = connection
        self.enqueued = 0

    async def enqueue(
        self, kind: str, payload: dict[str, object] | None = None, *, subject: str | None = None, delay: float = 0
    ) -> Job:
        """Add a job of `kind` about `subject`, due in `delay` seconds."""
        self.enqueued += 1
        return await table.insert(self.connection, kind, payload or {}, subject=subject, delay=delay)


class JobQueue:
    """How the rest of the site gives work away."""

    def __init__(self, bell: Bell) -> None:
        self._bell = bell

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Work]:
        """Open a write transaction; the bell rings after its commit, once for each job that was enqueued."""
        async with transaction() as connection:
            work = Work(connection)
            yield work
        # Each ring sends one worker to look, and each job may find one of its own.
        await asyncio.gather(*(self._bell.ring() for _ in range(min(work.enqueued, _MOST_RINGS))))
