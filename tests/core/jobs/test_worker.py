"""A worker sees that every job ends: done, failed with a reason, or given to somebody who ends it."""

import asyncio
from collections import Counter

import pytest
from structlog.testing import capture_logs
from tortoise.exceptions import OperationalError

from core.jobs import JobContext, JobFailed, JobKind, JobQueue, Work, Worker, table
from core.models import Job, JobState
from core.settings import JobSettings
from tests.core.jobs.running import (
    KIND,
    PATIENT,
    QUICK,
    CountingBell,
    Held,
    a_worker,
    about,
    add,
    fresh,
    let_lease_end,
    succeed,
)


async def stumble(context: JobContext) -> None:
    """Fail in a way that may pass."""
    raise ConnectionError("the storage is away")


async def test_due_jobs_are_run_one_after_the_other_and_done(queue: JobQueue) -> None:
    jobs = await add(queue, "a", "b", "c")
    seen: list[str | None] = []

    async def run(context: JobContext) -> None:
        seen.append(context.job.subject)

    await a_worker(queue, run).drain()

    assert seen == ["a", "b", "c"]
    assert {(await fresh(job)).state for job in jobs} == {JobState.DONE}


async def test_job_that_finished_itself_is_not_finished_again(queue: JobQueue, bell: CountingBell) -> None:
    (job,) = await add(queue)

    async def run(context: JobContext) -> None:
        async with context.finishing() as work:
            await work.enqueue("demo.next", delay=60)

    await a_worker(queue, run).drain()

    assert (await fresh(job)).state is JobState.DONE
    assert await Job.filter(kind="demo.next").count() == 1
    assert bell.rings == 2


async def test_hopeless_job_fails_with_its_code_and_what_follows_in_one_transaction(queue: JobQueue) -> None:
    (job,) = await add(queue, "video")

    async def run(context: JobContext) -> None:
        raise JobFailed("damaged", "the file ends early")

    async def failed(job: Job, work: Work) -> None:
        await work.enqueue("demo.failed", {"code": job.error_code}, subject=job.subject, delay=60)

    await Worker([JobKind(KIND, run, failed)], queue, PATIENT).drain()

    stored = await fresh(job)
    assert (stored.state, stored.error_code, stored.error_detail) == (JobState.FAILED, "damaged", "the file ends early")
    assert stored.attempts == 1
    assert (await Job.get(kind="demo.failed")).payload == {"code": "damaged"}


async def test_job_of_a_kind_this_worker_does_not_know_waits_for_one_that_does(queue: JobQueue) -> None:
    (job,) = await add(queue, kind="newer.run")

    await a_worker(queue, succeed).drain()

    stored = await fresh(job)
    assert (stored.state, stored.attempts) == (JobState.READY, 0)


async def test_error_that_may_pass_puts_the_job_back_with_its_text(queue: JobQueue) -> None:
    (job,) = await add(queue)

    with capture_logs() as logs:
        await a_worker(queue, stumble).drain()

    stored = await fresh(job)
    assert (stored.state, stored.attempts) == (JobState.READY, 1)
    assert stored.error_detail == "ConnectionError: the storage is away"
    (line,) = [line for line in logs if line["event"] == "job_error"]
    assert (line["log_level"], type(line["exc_info"])) == ("error", ConnectionError)


@pytest.mark.parametrize(("earlier", "ceiling"), [(0, 100), (1, 200), (2, 400), (3, 600), (90, 600)])
async def test_wait_doubles_with_each_attempt_up_to_the_longest(
    queue: JobQueue, monkeypatch: pytest.MonkeyPatch, earlier: int, ceiling: float
) -> None:
    (job,) = await add(queue)
    await Job.filter(id=job.id).update(attempts=earlier)
    drawn: list[tuple[float, float]] = []

    def draw(low: float, high: float) -> float:
        drawn.append((low, high))
        return high

    monkeypatch.setattr("core.jobs.worker.random.uniform", draw)
    settings = JobSettings(attempts=100, first_delay=100, longest_delay=600)
    await a_worker(queue, stumble, settings).drain()

    assert drawn == [(ceiling / 2, ceiling)]
    assert about((await fresh(job)).run_at, ceiling)


async def test_job_is_given_up_after_its_last_attempt_with_the_last_error(queue: JobQueue) -> None:
    (job,) = await add(queue)
    runs = 0

    async def run(context: JobContext) -> None:
        nonlocal runs
        runs += 1
        raise ConnectionError(f"try {runs}")

    await a_worker(queue, run, QUICK).drain()

    stored = await fresh(job)
    assert (runs, stored.state, stored.error_code) == (3, JobState.FAILED, "too_many_attempts")
    assert stored.error_detail == "ConnectionError: try 3"


async def test_job_that_kills_its_worker_each_time_is_given_up_without_another_try(queue: JobQueue) -> None:
    (job,) = await add(queue)
    for _ in range(QUICK.attempts):  # workers that claimed it and died
        assert await table.claim("dead", [KIND], QUICK) is not None
        await let_lease_end(job)
    held = Held()

    await a_worker(queue, held, QUICK).drain()

    stored = await fresh(job)
    assert not held.began.is_set()
    assert (stored.state, stored.error_code) == (JobState.FAILED, "too_many_attempts")
    assert stored.error_detail == "the worker died each time"


async def test_job_ends_even_where_what_follows_from_its_end_fails(queue: JobQueue) -> None:
    (job,) = await add(queue)

    async def run(context: JobContext) -> None:
        raise JobFailed("damaged", "")

    async def failed(job: Job, work: Work) -> None:
        await work.enqueue("demo.failed")
        raise ZeroDivisionError

    with capture_logs() as logs:
        await Worker([JobKind(KIND, run, failed)], queue, PATIENT).drain()

    stored = await fresh(job)
    assert (stored.state, stored.error_code) == (JobState.FAILED, "damaged")
    assert not await Job.exists(kind="demo.failed")
    assert [line["log_level"] for line in logs if line["event"] == "job_failed_unhandled"] == ["error"]


async def test_job_that_awaits_something_cancelled_has_failed_and_was_not_stopped(queue: JobQueue) -> None:
    (job,) = await add(queue)

    async def run(context: JobContext) -> None:
        helper = asyncio.create_task(asyncio.Event().wait())
        helper.cancel()
        await helper

    await a_worker(queue, run).drain()

    stored = await fresh(job)
    assert (stored.state, stored.attempts, stored.error_detail) == (JobState.READY, 1, "CancelledError: ")
    assert about(stored.run_at, 7.5)


async def test_end_that_cannot_be_stored_is_logged_and_the_lease_brings_the_job_back(
    queue: JobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job,) = await add(queue)

    async def no_database(*_: object, **__: object) -> bool:
        raise OperationalError("the database is away")

    with monkeypatch.context() as patch, capture_logs() as logs:
        patch.setattr(table, "put_back", no_database)
        await a_worker(queue, stumble).drain()

    assert [line["job"] for line in logs if line["event"] == "job_end_not_stored"] == [job.id]
    assert (await fresh(job)).state is JobState.RUNNING
    await let_lease_end(job)
    await a_worker(queue, succeed).drain()
    assert (await fresh(job)).state is JobState.DONE


async def test_no_more_jobs_run_at_once_than_the_settings_allow(queue: JobQueue) -> None:
    jobs = await add(queue, *"abcdefgh")
    at_once, most, enough = 0, 0, asyncio.Event()

    async def run(context: JobContext) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        if at_once == 3:
            enough.set()
        await enough.wait()
        await asyncio.sleep(0.01)
        at_once -= 1

    worker = a_worker(queue, run, JobSettings(concurrency=3))
    await asyncio.gather(*(worker.drain() for _ in range(8)))

    assert most == 3
    assert {(await fresh(job)).state for job in jobs} == {JobState.DONE}


async def test_several_workers_run_each_job_once(queue: JobQueue) -> None:
    jobs = await add(queue, *(str(number) for number in range(24)))
    runs: Counter[str] = Counter()

    async def run(context: JobContext) -> None:
        runs[context.job.id] += 1
        await asyncio.sleep(0)

    workers = [a_worker(queue, run) for _ in range(4)]
    while await table.count_due():
        await asyncio.gather(*(worker.drain() for worker in workers for _ in range(2)))

    assert runs == Counter(job.id for job in jobs)
    assert {(await fresh(job)).state for job in jobs} == {JobState.DONE}
