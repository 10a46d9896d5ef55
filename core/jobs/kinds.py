"""What a kind of job is, and what its code is given to run one."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from core.faults import fault_point
from core.jobs import table
from core.jobs.work import JobQueue, Work
from core.models import Job


class JobFailed(Exception):
    """The job can never succeed: it ends as failed, with this code and detail, and is not tried again."""

    def __init__(self, code: str, detail: str) -> None:
        """`code` is stable and machine-readable; `detail` is for the operator."""
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class LeaseLost(Exception):
    """Another worker has the job now: whatever this one did must leave no trace."""


async def _nothing_more(job: Job, work: Work) -> None:
    """Let a failed job be."""


@dataclass(frozen=True, slots=True)
class JobKind:
    """`run` must be safe to run again from the start; `failed` joins the transaction that gives a job up."""

    name: str
    run: "Callable[[JobContext], Awaitable[None]]"
    failed: Callable[[Job, Work], Awaitable[None]] = _nothing_more


@dataclass(slots=True)
class JobContext:
    """One attempt at one job."""

    job: Job
    queue: JobQueue
    finished: bool = field(default=False, init=False)
    _reported: float = field(default=0.0, init=False)

    async def report(self, progress: float) -> None:
        """Store the finished fraction, 0 to 1, twice a second at most. Raises LeaseLost."""
        if time.monotonic() - self._reported < 0.5:
            return
        self._reported = time.monotonic()
        if not await table.update_running(self.job, progress=round(min(max(progress, 0.0), 1.0), 4)):
            raise LeaseLost(self.job.id)

    @asynccontextmanager
    async def finishing(self) -> AsyncIterator[Work]:
        """Open the transaction in which the job becomes done together with everything that follows from it.

        Raises LeaseLost, and changes nothing at all, when another worker has taken the job over.
        """
        async with self.queue.transaction() as work:
            if not await table.finish(self.job, work.connection):
                raise LeaseLost(self.job.id)
            yield work
            fault_point(f"{self.job.kind}:before-commit")
        fault_point(f"{self.job.kind}:after-commit")
        self.finished = True
