"""taskiq rings the bell: every message means "look at the job table", and carries nothing else."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from taskiq import AsyncBroker, BrokerMessage
from taskiq.receiver import Receiver

from core.jobs import table
from core.jobs.roll import check_in, check_out
from core.jobs.worker import Worker
from core.settings import JobSettings

log = structlog.get_logger()

LOOK = "mutoscope.look"
_RING_SECONDS = 2.0


class LocalBroker(AsyncBroker):
    """Rings inside this process. Several rings that nobody has heard yet are as good as one."""

    def __init__(self, capacity: int) -> None:
        super().__init__()
        self._messages: asyncio.Queue[bytes] = asyncio.Queue(capacity)

    async def kick(self, message: BrokerMessage) -> None:
        """Ring, unless enough rings are waiting already."""
        with suppress(asyncio.QueueFull):
            self._messages.put_nowait(message.message)

    async def listen(self) -> AsyncGenerator[bytes, None]:
        """Yield rings as they come."""
        while True:
            yield await self._messages.get()


class TaskiqBell:
    """Rings through a taskiq broker; a broker that is down costs time until the next sweep, never a job."""

    def __init__(self, broker: AsyncBroker) -> None:
        self._broker = broker
        self._worker: Worker | None = None

        async def look() -> None:
            if self._worker is not None:
                await _drain_all(self._worker)

        self._look = broker.register_task(look, task_name=LOOK)

    async def ring(self) -> None:
        """Send one message."""
        try:
            # Whoever enqueued waits for this; a broker that does not answer must not hold a request.
            async with asyncio.timeout(_RING_SECONDS):
                await self._look.kiq()
        except Exception as error:  # noqa: BLE001 - whatever a broker raises, the sweep finds the job
            log.warning("bell_unheard", error=_root_of(error))

    @asynccontextmanager
    async def listening(self, worker: Worker, settings: JobSettings) -> AsyncIterator[None]:
        """Let `worker` run jobs, at most `settings.concurrency` at once; on leaving, running jobs are handed back."""
        self._worker = worker
        finish = asyncio.Event()
        listening = asyncio.create_task(self._listen(finish, settings), name="bell")
        sweeping = asyncio.create_task(self._sweep(worker, finish, settings), name="sweep")
        try:
            yield
        finally:
            finish.set()
            await worker.stop()
            await asyncio.gather(listening, sweeping)
            await _leave_the_roll(worker)
            self._worker = None

    async def _listen(self, finish: asyncio.Event, settings: JobSettings) -> None:
        """Hear the bell until the end, also after the broker was away."""
        while not finish.is_set():
            receiver = Receiver(
                self._broker,
                max_async_tasks=settings.concurrency,
                max_prefetch=0,
                run_startup=False,
                wait_tasks_timeout=10,
            )
            try:
                await receiver.listen(finish)
            except Exception as error:  # noqa: BLE001 - whatever a broker raises, it is asked again
                log.warning("bell_deaf", error=_root_of(error))
                await _pause(finish, settings.sweep)

    async def _sweep(self, worker: Worker, finish: asyncio.Event, settings: JobSettings) -> None:
        """Find due jobs without any message: after a crash, a lost ring, or a delay that is over."""
        async with asyncio.TaskGroup() as drains:
            while not finish.is_set():
                try:
                    await check_in(worker.name, worker.heavy_slots, every=settings.sweep)
                    drains.create_task(_drain_all(worker))
                except Exception as error:
                    log.error("sweep_failed", exc_info=error)
                await _pause(finish, settings.sweep)


async def _leave_the_roll(worker: Worker) -> None:
    try:
        await check_out(worker.name)
    except Exception as error:
        log.warning("worker_not_checked_out", exc_info=error)  # the others find it silent


async def _drain_all(worker: Worker) -> None:
    """Let as many of the worker's places as there are due jobs look at the table; one ring may stand for many jobs."""
    try:
        due = await table.count_due()
    except Exception as error:
        log.error("due_jobs_not_counted", exc_info=error)
        return
    await asyncio.gather(*(_drain(worker) for _ in range(min(due, worker.free))))


def _root_of(error: BaseException) -> str:
    """Return in one line what is behind an error: a broker that is away says so every few seconds."""
    while (cause := error.exceptions[0] if isinstance(error, BaseExceptionGroup) else error.__cause__) is not None:
        error = cause
    return f"{type(error).__name__}: {error}"


async def _drain(worker: Worker) -> None:
    try:
        await worker.drain()
    except Exception as error:
        log.error("drain_failed", exc_info=error)


async def _pause(finish: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(finish.wait(), seconds)
