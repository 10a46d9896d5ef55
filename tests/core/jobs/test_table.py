"""Every change of a job's state is guarded: a job is had once, and whoever lost it changes nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any

import pytest

from core.database import transaction
from core.jobs import JobContext, JobQueue, LeaseLost, Work, table
from core.models import Job, JobState
from tests.core.jobs.running import KIND, LONG_AGO, PATIENT, CountingBell, about, add, fresh, let_lease_end

Write = Callable[[Job], Awaitable[bool]]


async def claimed() -> Job:
    """Claim the next job, which must be there."""
    job = await table.claim("me", [KIND], PATIENT)
    assert job is not None
    return job


async def fail_inside(transaction: AbstractAsyncContextManager[Work]) -> None:
    """Enqueue a job `demo.next` and let the transaction fail."""
    with suppress(ZeroDivisionError):
        async with transaction as work:
            await work.enqueue("demo.next")
            raise ZeroDivisionError


async def test_job_exists_once_the_transaction_commits_and_then_the_bell_rings_for_each(
    queue: JobQueue, bell: CountingBell
) -> None:
    async with queue.transaction() as work:
        job = await work.enqueue("demo.run", {"a": [1]}, subject="s")
        await work.enqueue("demo.run")
        assert bell.rings == 0

    stored = await fresh(job)
    assert (stored.kind, stored.payload, stored.subject, stored.state) == ("demo.run", {"a": [1]}, "s", JobState.READY)
    assert bell.rings == 2


async def test_job_does_not_exist_when_the_transaction_fails(queue: JobQueue, bell: CountingBell) -> None:
    await fail_inside(queue.transaction())

    assert not await Job.exists()
    assert bell.rings == 0


async def test_bell_stays_silent_when_nothing_was_enqueued(queue: JobQueue, bell: CountingBell) -> None:
    async with queue.transaction():
        pass

    assert bell.rings == 0


async def test_claim_counts_the_attempt_and_raises_the_fence_before_any_work(queue: JobQueue) -> None:
    (job,) = await add(queue)

    assert (await claimed()).id == job.id

    stored = await fresh(job)
    assert (stored.state, stored.attempts, stored.fence, stored.worker) == (JobState.RUNNING, 1, 1, "me")
    assert about(stored.lease_until, PATIENT.lease)
    assert about(stored.started_at, 0)


async def test_job_that_is_due_longest_comes_first(queue: JobQueue) -> None:
    late, early = await add(queue, "late", "early")
    await Job.filter(id=early.id).update(run_at=LONG_AGO)

    assert [(await claimed()).id for _ in range(2)] == [early.id, late.id]


async def test_job_is_not_claimed_before_it_is_due_nor_after_it_ended(queue: JobQueue) -> None:
    await add(queue, delay=60)
    for state, job in zip(
        (JobState.DONE, JobState.FAILED, JobState.CANCELLED), await add(queue, "a", "b", "c"), strict=True
    ):
        await Job.filter(id=job.id).update(state=state)

    assert await table.claim("me", [KIND], PATIENT) is None
    assert await table.count_due() == 0


async def test_running_job_is_claimed_again_only_after_its_lease(queue: JobQueue) -> None:
    await add(queue)
    first = await claimed()
    assert await table.claim("other", [KIND], PATIENT) is None

    await let_lease_end(first)
    assert await table.count_due() == 1
    second = await table.claim("other", [KIND], PATIENT)

    assert second is not None
    assert (second.id, second.fence, second.attempts, second.worker) == (first.id, 2, 2, "other")
    assert second.started_at == first.started_at


async def test_claims_at_once_get_different_jobs(queue: JobQueue) -> None:
    jobs = await add(queue, *"abcdefgh")

    found = await asyncio.gather(*(table.claim(f"worker {number}", [KIND], PATIENT) for number in range(12)))

    # SKIP LOCKED may leave a job to the next look, but never gives it to two.
    ids = [job.id for job in found if job is not None]
    assert len(ids) == len(set(ids))
    while (job := await table.claim("last", [KIND], PATIENT)) is not None:
        ids.append(job.id)
    assert sorted(ids) == sorted(job.id for job in jobs)


async def finish(job: Job) -> bool:
    async with transaction() as connection:
        return await table.finish(job, connection)


async def fail(job: Job) -> bool:
    async with transaction() as connection:
        return await table.fail(job, connection, "late", "too late")


async def report(job: Job) -> bool:
    return await table.update_running(job, progress=0.9)


async def renew(job: Job) -> bool:
    return await table.renew(job, 1000)


async def put_back(job: Job) -> bool:
    return await table.put_back(job, delay=0, detail="too late")


WRITES: list[Write] = [finish, fail, report, renew, put_back, table.hand_back]


def state_of(job: Job) -> dict[str, Any]:
    """Return all columns."""
    return {name: getattr(job, name) for name in Job._meta.db_fields}  # noqa: SLF001 - Tortoise has no public name for it


@pytest.mark.parametrize("write", WRITES)
async def test_worker_that_lost_its_lease_changes_nothing(queue: JobQueue, write: Write) -> None:
    await add(queue)
    frozen = await claimed()
    await let_lease_end(frozen)
    before = state_of(await fresh(await claimed()))

    assert not await write(frozen)

    assert state_of(await fresh(frozen)) == before


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED, JobState.CANCELLED])
async def test_ended_job_stays_as_it_ended(queue: JobQueue, write: Write, state: JobState) -> None:
    await add(queue)
    job = await claimed()
    await Job.filter(id=job.id).update(state=state)
    before = state_of(await fresh(job))

    assert not await write(job)

    assert state_of(await fresh(job)) == before


async def test_finished_job_is_done_and_leased_by_nobody(queue: JobQueue) -> None:
    await add(queue)
    job = await claimed()

    assert await finish(job)

    stored = await fresh(job)
    assert (stored.state, stored.progress, stored.lease_until) == (JobState.DONE, 1.0, None)
    assert about(stored.finished_at, 0)


async def test_failed_job_keeps_its_code_and_the_end_of_the_detail(queue: JobQueue) -> None:
    await add(queue)
    job = await claimed()

    async with transaction() as connection:
        assert await table.fail(job, connection, "damaged", "a" * 9000 + "z")

    stored = await fresh(job)
    assert (stored.state, stored.error_code) == (JobState.FAILED, "damaged")
    assert stored.error_detail == "a" * (table.LONGEST_DETAIL - 1) + "z"
    assert about(stored.finished_at, 0)


async def test_job_that_is_put_back_waits_and_starts_from_nothing(queue: JobQueue) -> None:
    await add(queue)
    job = await claimed()
    await table.update_running(job, progress=0.5)

    assert await table.put_back(job, delay=100, detail="broker away")

    stored = await fresh(job)
    assert (stored.state, stored.attempts, stored.progress, stored.lease_until) == (JobState.READY, 1, 0.0, None)
    assert about(stored.run_at, 100)
    assert stored.error_detail == "broker away"


async def test_job_that_is_handed_back_is_due_at_once_and_counts_no_attempt(queue: JobQueue) -> None:
    await add(queue)
    job = await claimed()

    assert await table.hand_back(job)

    again = await claimed()
    assert (again.id, again.attempts, again.fence) == (job.id, 1, 2)


async def test_renewed_lease_ends_later(queue: JobQueue) -> None:
    await add(queue)
    job = await claimed()

    assert await table.renew(job, 1000)

    assert about((await fresh(job)).lease_until, 1000)


async def test_cancelling_a_subject_ends_what_has_not_ended_and_nothing_else(queue: JobQueue) -> None:
    running, ready, done, other = await add(queue, "video", "video", "video", "other")
    assert (await claimed()).id == running.id
    await Job.filter(id=done.id).update(state=JobState.DONE)

    async with transaction() as connection:
        await table.cancel("video", connection)

    states = [(await fresh(job)).state for job in (running, ready, done, other)]
    assert states == [JobState.CANCELLED, JobState.CANCELLED, JobState.DONE, JobState.READY]
    assert about((await fresh(running)).finished_at, 0)


async def test_progress_is_stored_within_bounds_and_twice_a_second_at_most(
    queue: JobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(queue)
    context = JobContext(await claimed(), queue)
    stored: list[float] = []
    for clock, progress in ((10.0, 7.0), (10.4, 0.2), (10.5, 0.30004), (11.1, -1.0)):
        monkeypatch.setattr("core.jobs.kinds.time.monotonic", lambda clock=clock: clock)
        await context.report(progress)
        monkeypatch.undo()
        stored.append((await fresh(context.job)).progress)

    assert stored == [1.0, 1.0, 0.3, 0.0]


async def test_report_of_a_job_that_was_taken_over_ends_the_attempt(queue: JobQueue) -> None:
    await add(queue)
    context = JobContext(await claimed(), queue)
    await let_lease_end(context.job)
    await claimed()

    with pytest.raises(LeaseLost):
        await context.report(0.5)


async def test_job_is_done_together_with_what_follows_from_it(queue: JobQueue, bell: CountingBell) -> None:
    await add(queue)
    context = JobContext(await claimed(), queue)

    async with context.finishing() as work:
        following = await work.enqueue("demo.next")

    assert context.finished
    assert (await fresh(context.job)).state is JobState.DONE
    assert (await fresh(following)).state is JobState.READY
    assert bell.rings == 2


async def test_job_is_not_done_when_what_follows_fails(queue: JobQueue) -> None:
    await add(queue)
    context = JobContext(await claimed(), queue)

    await fail_inside(context.finishing())

    assert not context.finished
    assert (await fresh(context.job)).state is JobState.RUNNING
    assert not await Job.exists(kind="demo.next")


async def test_nothing_follows_from_a_job_that_was_taken_over(queue: JobQueue) -> None:
    await add(queue)
    context = JobContext(await claimed(), queue)
    await let_lease_end(context.job)
    await claimed()

    with pytest.raises(LeaseLost):
        async with context.finishing() as work:
            await work.enqueue("demo.next")

    assert not context.finished
    assert not await Job.exists(kind="demo.next")
