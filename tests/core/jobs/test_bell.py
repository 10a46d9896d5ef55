"""The bell makes work begin at once; without it the sweep finds every job, only later."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs
from taskiq import AsyncBroker, BrokerMessage
from tortoise.exceptions import OperationalError

from core.database import open_database
from core.jobs import JobContext, JobQueue, table
from core.jobs.bell import LocalBroker, TaskiqBell
from core.models import Job, JobState
from core.settings import JobSettings
from tests.core.jobs.running import CORE_APP, PATIENT, QUICK, CountingBell, Held, a_worker, add, fresh, succeed, until


@pytest.fixture(autouse=True)
async def _open(sqlite_jobs_url: str) -> AsyncIterator[None]:
    async with open_database(sqlite_jobs_url, [CORE_APP]):
        yield


class DeadBroker(AsyncBroker):
    """A broker whose server is away."""

    async def kick(self, message: BrokerMessage) -> None:
        raise ConnectionError("the broker is away")

    def listen(self) -> AsyncGenerator[bytes, None]:
        raise ConnectionError("the broker is away")


class SilentBroker(LocalBroker):
    """A broker that takes a message and never says so."""

    async def kick(self, message: BrokerMessage) -> None:
        await asyncio.Event().wait()


class FlakyBroker(LocalBroker):
    """A broker that loses its first listener."""

    listeners = 0

    async def listen(self) -> AsyncGenerator[bytes, None]:
        self.listeners += 1
        if self.listeners == 1:
            raise ConnectionError("the connection was reset")
        async for message in super().listen():
            yield message


@asynccontextmanager
async def listening(broker: AsyncBroker, run: object, settings: JobSettings = PATIENT) -> AsyncIterator[JobQueue]:
    """Run jobs with `run` as a site does, and yield the queue whose bell the worker hears."""
    bell = TaskiqBell(broker)
    queue = JobQueue(bell)
    async with bell.listening(a_worker(queue, run, settings), settings):  # type: ignore[arg-type]
        yield queue


async def ended(job: Job) -> None:
    """Wait for the end of a job, which must be a good one."""

    async def has_ended() -> bool:
        return (await fresh(job)).state is JobState.DONE

    await until(has_ended)


async def test_ring_starts_the_work_at_once() -> None:
    async with listening(LocalBroker(2), succeed) as queue:
        await asyncio.sleep(0)  # the first sweep has found nothing
        (job,) = await add(queue)
        await ended(job)


async def test_several_jobs_begin_at_once_and_not_one_at_each_sweep() -> None:
    everybody = asyncio.Barrier(2)

    async def wait_for_the_other(_: JobContext) -> None:
        await everybody.wait()

    async with listening(LocalBroker(2), wait_for_the_other) as queue:
        await asyncio.sleep(0)
        for job in await add(queue, "a", "b"):
            await ended(job)


async def test_sweep_finds_a_job_without_any_bell() -> None:
    async with listening(LocalBroker(2), succeed, QUICK):
        (job,) = await add(JobQueue(CountingBell()))
        await ended(job)


async def test_sweep_finds_a_job_once_its_delay_is_over() -> None:
    async with listening(LocalBroker(2), succeed, QUICK):
        (job,) = await add(JobQueue(CountingBell()), delay=0.2)
        assert (await fresh(job)).state is JobState.READY
        await ended(job)


async def test_broker_that_is_away_costs_time_and_no_job() -> None:
    with capture_logs() as logs:
        async with listening(DeadBroker(), succeed, QUICK) as queue:
            (job,) = await add(queue)
            await ended(job)

    assert {"bell_unheard", "bell_deaf"} <= {line["event"] for line in logs}


async def test_broker_that_does_not_answer_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.jobs.bell._RING_SECONDS", 0.02)

    with capture_logs() as logs:
        (job,) = await add(JobQueue(TaskiqBell(SilentBroker(2))))

    assert (await fresh(job)).state is JobState.READY
    assert [line["event"] for line in logs] == ["bell_unheard"]


async def test_bell_is_heard_again_after_the_broker_was_away() -> None:
    settings = JobSettings(sweep=0.05)
    broker = FlakyBroker(2)
    async with listening(broker, succeed, settings) as queue:

        async def is_heard_again() -> bool:
            return broker.listeners == 2

        await until(is_heard_again)
        (job,) = await add(queue)
        await ended(job)


async def test_sweep_goes_on_after_the_database_was_away(monkeypatch: pytest.MonkeyPatch) -> None:
    count_due, sweeps = table.count_due, 0

    async def count_or_fail() -> int:
        nonlocal sweeps
        sweeps += 1
        if sweeps == 1:
            raise OperationalError("the database is away")
        return await count_due()

    monkeypatch.setattr(table, "count_due", count_or_fail)
    with capture_logs() as logs:
        async with listening(LocalBroker(2), succeed, QUICK):
            (job,) = await add(JobQueue(CountingBell()))
            await ended(job)

    assert "due_jobs_not_counted" in [line["event"] for line in logs]


async def test_drain_that_fails_is_logged_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    claim, claims = table.claim, 0

    async def claim_or_fail(worker: str, kinds: Iterable[str], settings: JobSettings) -> Job | None:
        nonlocal claims
        claims += 1
        if claims == 1:
            raise OperationalError("the database is away")
        return await claim(worker, kinds, settings)

    monkeypatch.setattr(table, "claim", claim_or_fail)
    with capture_logs() as logs:
        async with listening(LocalBroker(2), succeed, QUICK):
            (job,) = await add(JobQueue(CountingBell()))
            await ended(job)

    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["drain_failed"]


async def test_rings_and_sweeps_together_run_no_more_than_the_settings_allow() -> None:
    at_once, most = 0, 0
    together = asyncio.Event()

    async def run(context: JobContext) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        if at_once == 2:
            together.set()
        await together.wait()  # however slow the machine, the first waits for a second
        await asyncio.sleep(0.02)  # and the third that must not come has time to
        at_once -= 1

    async with listening(LocalBroker(2), run, JobSettings(concurrency=2, sweep=0.01)) as queue:
        jobs = [job for number in range(8) for job in await add(queue, str(number))]
        for job in jobs:
            await ended(job)

    assert most == 2


async def test_rings_that_nobody_hears_are_as_good_as_one() -> None:
    broker = LocalBroker(1)
    bell = TaskiqBell(broker)
    heard = broker.listen()

    for _ in range(5):
        await bell.ring()

    assert b"mutoscope.look" in await anext(heard)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(heard), 0.05)


async def test_ring_that_reaches_a_process_without_worker_is_harmless() -> None:
    broker = LocalBroker(1)
    bell = TaskiqBell(broker)
    task = broker.find_task("mutoscope.look")

    assert task is not None
    assert await task.original_func() is None
    await bell.ring()


async def test_leaving_hands_running_jobs_back() -> None:
    held = Held()
    async with listening(LocalBroker(2), held) as queue:
        (job,) = await add(queue)
        await held.began.wait()

    stored = await fresh(job)
    assert held.cancelled
    assert (stored.state, stored.attempts) == (JobState.READY, 0)
