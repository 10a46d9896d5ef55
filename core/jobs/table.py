"""The job table: every transition of a job's state is one guarded UPDATE here.

A claim raises the fence. Whoever writes afterwards says which fence it holds, so a worker that was frozen past its
lease changes nothing when it wakes. Times are the database's, because workers' clocks differ.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q

from core.database import database_now, transaction
from core.models import Job, JobState
from core.settings import JobSettings


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
    return await update_running(
        job, connection, state=JobState.DONE, progress=1.0, finished_at=now, lease_until=None, error_code=None
    )


async def fail(job: Job, connection: BaseDBAsyncClient, code: str, detail: str) -> bool:
    """Give the job up in the caller's transaction; False when it is no longer this worker's."""
    job.error_code, job.error_detail = code, detail[-4000:]
    now = await database_now(connection)
    ended = {"state": JobState.FAILED, "finished_at": now, "lease_until": None}
    return await update_running(job, connection, **ended, error_code=job.error_code, error_detail=job.error_detail)


async def cancel(subject: str, connection: BaseDBAsyncClient) -> None:
    """Cancel everything about a subject that has not ended; workers notice at their next heartbeat or report."""
    unfinished = Job.filter(subject=subject, state__in=[JobState.READY, JobState.RUNNING])
    now = await database_now(connection)
    await unfinished.using_db(connection).update(state=JobState.CANCELLED, finished_at=now, lease_until=None)


async def put_back(job: Job, *, delay: float, detail: str) -> bool:
    """Make a job ready again after an error that may pass; False when it is no longer this worker's."""
    async with transaction() as connection:
        due = await database_now(connection) + timedelta(seconds=delay)
        return await update_running(
            job,
            connection,
            state=JobState.READY,
            run_at=due,
            lease_until=None,
            progress=0.0,
            error_detail=detail[-4000:],
        )


async def hand_back(job: Job) -> bool:
    """Return a job of a worker that stops; its attempt was not one."""
    async with transaction() as connection:
        now = await database_now(connection)
        attempts = job.attempts - 1
        return await update_running(
            job, connection, state=JobState.READY, run_at=now, lease_until=None, attempts=attempts
        )
