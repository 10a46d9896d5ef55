"""A job that lacks what may come back waits for it: that costs no attempt, and has an end."""

from types import SimpleNamespace

import pytest
from structlog.testing import capture_logs

from core.jobs import JobContext, JobKind, JobQueue, JobWaits, Worker
from core.models import JobState
from core.settings import JobSettings
from tests.core.jobs.running import KIND, PATIENT, QUICK, a_worker, about, add, due_now, fresh, succeed

OTHER = "demo.other"


async def no_room(context: JobContext) -> None:
    """Find that there is no room."""
    raise JobWaits("storage_full", "the disk is full")


async def test_waiting_costs_no_attempt_and_says_for_what(queue: JobQueue) -> None:
    (job,) = await add(queue)
    for _ in range(2 * PATIENT.attempts):
        with capture_logs() as logs:
            await a_worker(queue, no_room).drain()
        await due_now(job)

    stored = await fresh(job)
    assert (stored.state, stored.attempts, stored.error_code) == (JobState.READY, 0, "storage_full")
    assert stored.error_detail == "the disk is full"
    assert [(line["code"], line["log_level"]) for line in logs if line["event"] == "job_waits"] == [
        ("storage_full", "warning")
    ]
    await a_worker(queue, succeed).drain()
    stored = await fresh(job)
    assert (stored.state, stored.attempts, stored.error_code) == (JobState.DONE, 1, None)


def latest(low: float, high: float) -> float:
    """Choose the latest moment there is between two."""
    return max(low, high)


@pytest.mark.parametrize(("took", "delay"), [(0, 40), (39, 40), (300, 300), (3600, 600)])
async def test_wait_is_as_long_as_it_took_to_find_out_and_no_less_than_a_sweep(
    queue: JobQueue, monkeypatch: pytest.MonkeyPatch, took: float, delay: float
) -> None:
    now = 1000.0

    async def find_out(context: JobContext) -> None:
        nonlocal now
        now += took
        await no_room(context)

    (job,) = await add(queue)
    monkeypatch.setattr("core.jobs.worker.random.uniform", latest)
    monkeypatch.setattr("core.jobs.worker.time", SimpleNamespace(monotonic=lambda: now))
    await a_worker(queue, find_out, JobSettings(sweep=40, longest_delay=600)).drain()
    assert about((await fresh(job)).run_at, delay)


async def test_worker_that_lacks_room_leaves_that_kind_to_others_for_a_while(queue: JobQueue) -> None:
    first, second = await add(queue, "a", "b")
    (other,) = await add(queue, "c", kind=OTHER)
    worker = Worker([JobKind(KIND, no_room), JobKind(OTHER, succeed)], queue, PATIENT)

    await worker.drain()
    await due_now(first)
    await worker.drain()

    assert [(await fresh(job)).fence for job in (first, second, other)] == [1, 0, 1]
    assert (await fresh(other)).state is JobState.DONE
    await a_worker(queue, succeed).drain()
    assert {(await fresh(job)).state for job in (first, second)} == {JobState.DONE}


async def test_waiting_has_an_end_and_fails_with_what_was_waited_for(queue: JobQueue) -> None:
    (job,) = await add(queue)
    settings = JobSettings(sweep=10, patience=45)
    rounds = 0
    while (await fresh(job)).state is JobState.READY and rounds < 20:
        await a_worker(queue, no_room, settings).drain()
        await due_now(job)
        rounds += 1

    stored = await fresh(job)
    assert (stored.state, stored.error_code, stored.error_detail) == (
        JobState.FAILED,
        "storage_full",
        "the disk is full",
    )
    assert 4 <= rounds <= 10


async def test_error_of_another_kind_counts_and_is_waited_for_no_more(queue: JobQueue) -> None:
    (job,) = await add(queue)
    await a_worker(queue, no_room, QUICK).drain()
    await due_now(job)

    async def stumble(context: JobContext) -> None:
        raise ConnectionError("away")

    await a_worker(queue, stumble).drain()
    stored = await fresh(job)
    assert (stored.state, stored.attempts, stored.error_code) == (JobState.READY, 1, None)
