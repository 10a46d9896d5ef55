"""The job table: every transition of a job's state is one guarded UPDATE here.

A claim raises the fence. Whoever writes afterwards says which fence it holds, so a worker that was frozen past its
lease changes nothing when it wakes. Times are the database's, because workers' clocks differ.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q

from core.database import database_now, transaction
from core.jobs.tries import begin_try, end_try, void_try, waiting_try
from core.models import Job, JobState
from core.settings import JobSettings

LONGEST_DETAIL = 6000
"""Characters of an error that are kept, from its end: more than the 4 KiB that a program wrote last."""


async def insert(
    connection: BaseDBAsyncClient, kind: str, payload: dict[str, object], *, subject: str | None, delay: float
) -> Job:
    """Add a job in the caller's transaction, due `delay` seconds from now."""
    due = await database_now(connection) + timedelta(seconds=delay)
    return await Job.create(using_db=connection, kind=kind, payload=payload, subject=subject, run_at=due)


def _due(now: datetime) -> Q:
    return Q(state=JobState.READY, run_at__lte=now) | Q(state=JobState.RUNNING, lease_until__lt=now)


async def claim(worker: str, kinds: Iterable[str], settings: JobSettings) -> Job | None:
    """Lease the job of these kinds that has been due longest, or None. The attempt counts before the work begins."""
    async with transaction() as connection:
        now = await database_now(connection)
        due = Job.filter(_due(now), kind__in=list(kinds)).using_db(connection).order_by("run_at", "id")
        job = await due.select_for_update(skip_locked=True).first()
        if job is None:
            return None
        job.state, job.worker = JobState.RUNNING, worker
        job.fence += 1
        job.attempts += 1
        job.lease_until = now + timedelta(seconds=settings.lease)
        job.started_at = job.started_at or now
        begin_try(job, now)
        await job.save(using_db=connection)
        return job


async def count_due() -> int:
    """Return how many jobs a free worker could claim now."""
    async with transaction() as connection:
        return await Job.filter(_due(await database_now(connection))).using_db(connection).count()


async def update_running(job: Job, connection: BaseDBAsyncClient | None = None, **changes: object) -> bool:
    """Change a job this worker still holds; False when the fence has moved on."""
    held = Job.filter(id=job.id, fence=job.fence, state=JobState.RUNNING)
    return bool(await (held.using_db(connection) if connection else held).update(**changes))


async def renew(job: Job, seconds: float) -> bool:
    """Extend the lease; False when the job is no longer this worker's."""
    async with transaction() as connection:
        until = await database_now(connection) + timedelta(seconds=seconds)
        return await update_running(job, connection, lease_until=until)


async def finish(job: Job, connection: BaseDBAsyncClient) -> bool:
    """Mark the job done in the caller's transaction; False when it is no longer this worker's."""
    now = await database_now(connection)
    end_try(job, now)
    return await update_running(
        job,
        connection,
        state=JobState.DONE,
        progress=1.0,
        finished_at=now,
        lease_until=None,
        error_code=None,
        notes=job.notes,
    )


async def fail(job: Job, connection: BaseDBAsyncClient, code: str, detail: str) -> bool:
    """Give the job up in the caller's transaction; False when it is no longer this worker's."""
    job.error_code, job.error_detail = code, detail[-LONGEST_DETAIL:]
    now = await database_now(connection)
    end_try(job, now, job.error_detail)
    ended = {"state": JobState.FAILED, "finished_at": now, "lease_until": None, "notes": job.notes}
    return await update_running(job, connection, **ended, error_code=job.error_code, error_detail=job.error_detail)


async def cancel(subject: str, connection: BaseDBAsyncClient, kinds: Iterable[str] | None = None) -> None:
    """Cancel what has not ended about a subject, of these kinds or of all.

    Workers notice at their next heartbeat or report.
    """
    await lock_unfinished(subject, connection)
    unfinished = Job.filter(subject=subject, state__in=[JobState.READY, JobState.RUNNING])
    if kinds is not None:
        unfinished = unfinished.filter(kind__in=list(kinds))
    now = await database_now(connection)
    await unfinished.using_db(connection).update(state=JobState.CANCELLED, finished_at=now, lease_until=None)


async def lock_unfinished(subject: str, connection: BaseDBAsyncClient) -> None:
    """Lock what has not ended about a subject until the end of the transaction.

    Whoever ends several jobs does so in the same order, and waits for others instead of failing with them.
    """
    unfinished = Job.filter(subject=subject, state__in=[JobState.READY, JobState.RUNNING]).using_db(connection)
    await unfinished.order_by("id").select_for_update().only("id")


async def put_back(job: Job, *, delay: float, detail: str) -> bool:
    """Make a job ready again after an error that may pass; False when it is no longer this worker's."""
    async with transaction() as connection:
        now = await database_now(connection)
        void_try(job, now, detail[-LONGEST_DETAIL:])
        told = {"error_code": None, "error_detail": detail[-LONGEST_DETAIL:], "progress": 0.0}
        return await _make_ready(job, connection, now, delay=delay, **told)


async def let_wait(job: Job, *, delay: float, code: str, detail: str) -> bool:
    """Make a job ready again that lacks what `code` names; its attempt was not one. False when it is no longer ours."""
    async with transaction() as connection:
        now = await database_now(connection)
        waiting_try(job, now, detail[-LONGEST_DETAIL:], delay)
        told = {"error_code": code, "error_detail": detail[-LONGEST_DETAIL:], "progress": 0.0}
        return await _make_ready(job, connection, now, delay=delay, attempts=job.attempts - 1, **told)


async def hand_back(job: Job) -> bool:
    """Return a job of a worker that stops; its attempt was not one."""
    async with transaction() as connection:
        now = await database_now(connection)
        void_try(job, now, "the worker stopped")
        return await _make_ready(job, connection, now, attempts=job.attempts - 1)


async def _make_ready(
    job: Job, connection: BaseDBAsyncClient, now: datetime, *, delay: float = 0, **changes: object
) -> bool:
    due = now + timedelta(seconds=delay)
    ready = {"state": JobState.READY, "run_at": due, "lease_until": None, "notes": job.notes, **changes}
    return await update_running(job, connection, **ready)
