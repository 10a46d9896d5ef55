"""What the tests of jobs share: settings with short times, quick ways to add, age and read jobs."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.database import App
from core.jobs import JobContext, JobKind, JobQueue, Worker
from core.models import Job
from core.services import CORE
from core.settings import JobSettings

CORE_APP = App("core", "core.models", CORE / "migrations")
PATIENT = JobSettings(sweep=60)
"""The production times but for the sweep: nothing happens by itself during a test."""

QUICK = JobSettings(lease=1.5, heartbeat=0.1, sweep=0.05, attempts=3, first_delay=0)
"""Leases that end within a test. Seconds."""

KIND = "demo.run"
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class CountingBell:
    """A bell that only counts."""

    rings: int = 0

    async def ring(self) -> None:
        self.rings += 1


async def add(queue: JobQueue, *subjects: str | None, kind: str = KIND, delay: float = 0) -> list[Job]:
    """Add a job for each subject, due in this order."""
    async with queue.transaction() as work:
        return [
            await work.enqueue(kind, subject=subject, delay=delay + number / 1000)
            for number, subject in enumerate(subjects or (None,), -len(subjects))
        ]


async def fresh(job: Job) -> Job:
    """Return the job as it is in the database."""
    return await Job.get(id=job.id)


async def let_lease_end(job: Job) -> None:
    """Make the lease of a running job one that ended long ago."""
    await Job.filter(id=job.id).update(lease_until=LONG_AGO)


async def due_now(job: Job) -> None:
    """Let the time of a job that waits have come."""
    await Job.filter(id=job.id).update(run_at=LONG_AGO)


def a_worker(queue: JobQueue, run: Callable[[JobContext], Awaitable[None]], settings: JobSettings = PATIENT) -> Worker:
    """Return a worker that knows one kind of job."""
    return Worker([JobKind(KIND, run)], queue, settings)


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    """Wait until the condition holds; TimeoutError when it does not in time."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.01)


def about(moment: datetime | None, seconds: float) -> bool:
    """Tell whether a moment is this many seconds from now, give or take five."""
    return moment is not None and abs(moment - datetime.now(UTC) - timedelta(seconds=seconds)) < timedelta(seconds=5)


async def succeed(context: JobContext) -> None:
    """Do nothing, which is enough."""


class Held:
    """A job's code that says when it began, and goes on when it is told to."""

    def __init__(self) -> None:
        self.began, self.go = asyncio.Event(), asyncio.Event()
        self.cancelled = False

    async def __call__(self, context: JobContext) -> None:
        self.began.set()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
