"""Where each try of a job ran, how long, at what cost, and what ended it, is known when the job has ended."""

import sys
from typing import Any

import pytest

from core.jobs import JobContext, JobFailed, JobQueue, JobWaits, table
from core.models import Job
from core.processes import ChildFailed, Limits, run
from tests.core.jobs.running import KIND, PATIENT, a_worker, add, due_now, fresh, let_lease_end, succeed

BURN = "import sys, time\nwhile time.process_time() < 0.3: pass\nsys.exit('no such codec')"


async def tries_of(job: Job) -> list[dict[str, Any]]:
    tries: list[dict[str, Any]] = (await fresh(job)).notes["tries"]
    return tries


async def burn(context: JobContext) -> None:
    """Let a child use some processor time and fail."""
    context.note(written_bytes=700)
    await run([sys.executable, "-I", "-S", "-c", BURN], limits=Limits(), deadline=60, sandboxed=False)


async def test_every_try_tells_its_worker_its_cost_and_its_error(queue: JobQueue) -> None:
    (job,) = await add(queue)
    workers = [a_worker(queue, burn), a_worker(queue, succeed)]
    for worker in workers:
        await worker.drain()
        await due_now(job)

    failed, done = await tries_of(job)
    assert [failed["worker"], done["worker"]] == [worker.name for worker in workers]
    assert failed["error"] == f"ChildFailed: {sys.executable} ended with 1\nno such codec"
    assert 0.3 <= failed["cpu_seconds"] < 10
    assert (failed["written_bytes"], done["written_bytes"]) == (700, 0)
    assert (done["error"], done["cpu_seconds"]) == (None, 0)
    assert 0 <= done["seconds"] <= failed["seconds"]


async def test_last_try_of_a_job_that_is_given_up_is_told_too(queue: JobQueue) -> None:
    (job,) = await add(queue)

    async def give_up(context: JobContext) -> None:
        try:
            await burn(context)
        except ChildFailed as error:
            raise JobFailed("damaged", error.detail) from error

    await a_worker(queue, give_up).drain()
    (only,) = await tries_of(job)
    assert only["error"] == (await fresh(job)).error_detail
    assert only["error"].endswith("no such codec")
    assert only["cpu_seconds"] >= 0.3


async def test_try_of_a_worker_that_died_is_there_without_an_end(queue: JobQueue) -> None:
    (job,) = await add(queue)
    assert await table.claim("dead", [KIND], PATIENT) is not None
    await let_lease_end(job)
    await a_worker(queue, succeed).drain()
    died, done = await tries_of(job)
    assert set(died) == {"worker", "begun_at"}
    assert died["worker"] == "dead"
    assert done["error"] is None


async def test_notes_of_a_try_that_failed_are_not_those_of_the_job(queue: JobQueue) -> None:
    (job,) = await add(queue)

    async def stumble(context: JobContext) -> None:
        context.note(why="a guess")
        raise ConnectionError("away")

    await a_worker(queue, stumble).drain()
    assert (await fresh(job)).notes.keys() == {"tries"}


async def test_looks_for_room_of_one_worker_are_one_try(queue: JobQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    async def no_room(context: JobContext) -> None:
        context.note(written_bytes=5)
        raise JobWaits("storage_full", "the disk is full")

    (job,) = await add(queue)
    workers = [a_worker(queue, no_room), a_worker(queue, no_room)]
    for worker in workers * 3:
        monkeypatch.setattr(worker, "_resting", {})
        await worker.drain()
        await due_now(job)
    told = [(one["worker"], one["waits"], one["written_bytes"], one["error"]) for one in await tries_of(job)]
    assert told == [(worker.name, 3, 15, "the disk is full") for worker in workers]


async def test_tries_that_are_kept_are_bounded(queue: JobQueue) -> None:
    (job,) = await add(queue)
    for number in range(30):
        assert await table.claim(f"worker {number}", [KIND], PATIENT) is not None
        await let_lease_end(job)
    assert [one["worker"] for one in await tries_of(job)] == [f"worker {number}" for number in range(10, 30)]
