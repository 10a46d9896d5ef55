"""taskiq rings the bell: every message means "look at the job table", and carries nothing else."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from taskiq import AsyncBroker, BrokerMessage
from taskiq.receiver import Receiver

from core.jobs import table
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
                await self._worker.drain()

        self._look = broker.register_task(look, task_name=LOOK)

    async def ring(self) -> None:
        """Send one message."""
        try:
            # Whoever enqueued waits for this; a broker that does not answer must not hold a request.
            async with asyncio.timeout(_RING_SECONDS):
                await self._look.kiq()
        except Exception as error:
            log.warning("bell_unheard", exc_info=error)

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
            except Exception as error:
                log.warning("bell_deaf", exc_info=error)
                await _pause(finish, settings.sweep)

    async def _sweep(self, worker: Worker, finish: asyncio.Event, settings: JobSettings) -> None:
        """Find due jobs without any message: after a crash, a lost ring, or a delay that is over."""
        async with asyncio.TaskGroup() as drains:
            while not finish.is_set():
                try:
                    for _ in range(min(await table.count_due(), settings.concurrency - worker.busy)):
                        drains.create_task(_drain(worker))
                except Exception as error:
                    log.error("sweep_failed", exc_info=error)
                await _pause(finish, settings.sweep)


async def _drain(worker: Worker) -> None:
    try:
        await worker.drain()
    except Exception as error:
        log.error("drain_failed", exc_info=error)


async def _pause(finish: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(finish.wait(), seconds)
