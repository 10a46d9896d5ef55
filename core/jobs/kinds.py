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


class JobWaits(Exception):
    """The job lacks what somebody may give back, such as room on a disk, or what another worker may have.

    It is tried again until it is there. That uses up no attempt, but an end there is: `jobs.patience`.
    """

    def __init__(self, code: str, detail: str) -> None:
        """`code` is what it waits for, and with what it is given up in the end; `detail` is for the operator."""
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class LeaseLost(Exception):
    """Another worker has the job now: whatever this one did must leave no trace."""


async def _nothing_more(job: Job, work: Work) -> None:
    """Let a failed job be."""


async def _nothing_before(work: Work) -> None:
    """Let the job be done at once."""


@dataclass(frozen=True, slots=True)
class JobKind:
    """`run` must be safe to run again from the start; `failed` joins the transaction that gives a job up."""

    name: str
    run: "Callable[[JobContext], Awaitable[None]]"
    failed: Callable[[Job, Work], Awaitable[None]] = _nothing_more
    heavy: bool = False
    """Whether it keeps a processor busy for long. A worker keeps one of its places free of these."""


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

    def note(self, **facts: object) -> None:
        """Keep facts for the operator; they are stored with the end of the job."""
        self.job.notes = {**self.job.notes, **facts}

    @asynccontextmanager
    async def holding(self) -> AsyncIterator[Work]:
        """Open a transaction that changes something only while the job is this attempt's. Raises LeaseLost."""
        async with self.queue.transaction() as work:
            if not await table.update_running(self.job, work.connection, worker=self.job.worker):
                raise LeaseLost(self.job.id)
            yield work

    @asynccontextmanager
    async def finishing(self, before: "Callable[[Work], Awaitable[None]]" = _nothing_before) -> AsyncIterator[Work]:
        """Open the transaction in which the job becomes done together with everything that follows from it.

        `before` is done first in it: a job that ends others locks them there, as all who do so.
        Raises LeaseLost, and changes nothing at all, when another worker has taken the job over.
        """
        async with self.queue.transaction() as work:
            await before(work)
            if not await table.finish(self.job, work.connection):
                raise LeaseLost(self.job.id)
            yield work
            fault_point(f"{self.job.kind}:before-commit")
        fault_point(f"{self.job.kind}:after-commit")
        self.finished = True
