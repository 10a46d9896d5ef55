"""A job belongs to the worker that holds its lease; whoever stops, freezes or is cancelled leaves no trace."""

import asyncio
from collections.abc import Iterable

import pytest
from structlog.testing import capture_logs
from tortoise.exceptions import OperationalError

from core.database import transaction
from core.jobs import JobContext, JobQueue, Worker, table
from core.models import Job, JobState
from core.settings import JobSettings
from tests.core.jobs.running import KIND, PATIENT, QUICK, Held, a_worker, add, fresh, let_lease_end, succeed, until


async def test_heartbeat_keeps_the_lease_for_as_long_as_the_job_runs(queue: JobQueue) -> None:
    (job,) = await add(queue)
    held = Held()
    running = asyncio.create_task(a_worker(queue, held, QUICK).drain())
    await held.began.wait()
    first = (await fresh(job)).lease_until
    assert first is not None

    async def renewed_past_its_first_length() -> bool:
        now = (await fresh(job)).lease_until
        return now is not None and (now - first).total_seconds() > QUICK.lease

    await until(renewed_past_its_first_length)
    assert await table.claim("other", [KIND], QUICK) is None
    held.go.set()
    await running

    assert (await fresh(job)).state is JobState.DONE


async def test_heartbeat_survives_a_database_that_is_away_for_a_moment(
    queue: JobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job,) = await add(queue)
    held, renew, beats = Held(), table.renew, 0

    async def renew_or_fail(job: Job, seconds: float) -> bool:
        nonlocal beats
        beats += 1
        if beats == 1:
            raise OperationalError("the database is away")
        held.go.set()
        return await renew(job, seconds)

    monkeypatch.setattr(table, "renew", renew_or_fail)
    await a_worker(queue, held, QUICK).drain()

    assert beats >= 2
    assert (await fresh(job)).state is JobState.DONE


async def test_attempt_is_cancelled_when_its_lease_is_lost(queue: JobQueue) -> None:
    (job,) = await add(queue)
    held = Held()
    running = asyncio.create_task(a_worker(queue, held, QUICK).drain())
    await held.began.wait()

    await let_lease_end(job)
    other = await table.claim("other", [KIND], PATIENT)
    await running

    assert other is not None
    assert held.cancelled
    stored = await fresh(job)
    assert (stored.state, stored.worker, stored.fence) == (JobState.RUNNING, "other", other.fence)


async def test_late_finish_of_a_worker_that_was_frozen_changes_nothing(queue: JobQueue) -> None:
    (job,) = await add(queue)
    frozen = Held()

    def finishing_as(name: str, first: Held | None) -> Worker:
        async def run(context: JobContext) -> None:
            if first is not None:
                await first(context)
            async with context.finishing() as work:
                await work.enqueue("demo.next", {"by": name}, delay=60)

        return a_worker(queue, run)

    running = asyncio.create_task(finishing_as("frozen", frozen).drain())
    await frozen.began.wait()
    await let_lease_end(job)
    await finishing_as("second", None).drain()
    with capture_logs() as logs:
        frozen.go.set()
        await running

    assert [following.payload for following in await Job.filter(kind="demo.next")] == [{"by": "second"}]
    assert (await fresh(job)).attempts == 2
    assert "job_lease_lost" in [line["event"] for line in logs]


async def test_worker_that_stops_hands_its_job_back_and_counts_no_attempt(queue: JobQueue) -> None:
    (job,) = await add(queue)
    held = Held()
    worker = a_worker(queue, held)
    running = asyncio.create_task(worker.drain())
    await held.began.wait()
    assert worker.busy == 1

    await worker.stop()
    await running

    stored = await fresh(job)
    assert held.cancelled
    assert (stored.state, stored.attempts, stored.lease_until, worker.busy) == (JobState.READY, 0, None, 0)
    await a_worker(queue, succeed).drain()
    assert (await fresh(job)).state is JobState.DONE


async def test_worker_that_stopped_claims_nothing_more(queue: JobQueue) -> None:
    jobs = await add(queue, "a", "b")
    held = Held()
    worker = a_worker(queue, held)
    running = asyncio.create_task(worker.drain())
    await held.began.wait()

    await worker.stop()
    await asyncio.gather(running, worker.drain())

    assert [(await fresh(job)).fence for job in jobs] == [1, 0]


async def test_job_claimed_while_the_worker_stops_is_handed_back(
    queue: JobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job,) = await add(queue)
    held, claim = Held(), table.claim
    worker = a_worker(queue, held)

    async def stop_meanwhile(name: str, kinds: Iterable[str], settings: JobSettings) -> Job | None:
        found = await claim(name, kinds, settings)
        await worker.stop()
        return found

    monkeypatch.setattr(table, "claim", stop_meanwhile)
    await worker.drain()

    stored = await fresh(job)
    assert not held.began.is_set()
    assert (stored.state, stored.attempts, stored.fence) == (JobState.READY, 0, 1)


async def test_cancelled_job_is_stopped_at_the_next_heartbeat_and_stays_cancelled(queue: JobQueue) -> None:
    (job,) = await add(queue, "video")
    held = Held()
    running = asyncio.create_task(a_worker(queue, held, QUICK).drain())
    await held.began.wait()

    async with transaction() as connection:
        await table.cancel("video", connection)
    await running

    assert held.cancelled
    assert (await fresh(job)).state is JobState.CANCELLED


async def test_cancelled_job_is_stopped_at_its_next_report(queue: JobQueue) -> None:
    (job,) = await add(queue, "video")
    went_on = False

    async def run(context: JobContext) -> None:
        nonlocal went_on
        async with transaction() as connection:
            await table.cancel("video", connection)
        await context.report(0.5)
        went_on = True

    await a_worker(queue, run).drain()

    assert not went_on
    assert (await fresh(job)).state is JobState.CANCELLED
