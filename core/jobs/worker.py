"""The worker: claim a job, keep its lease alive while it runs, and see that it ends."""

import asyncio
import os
import random
import socket
import time
from collections.abc import Iterable

import structlog

from core.hooks import hook_deadline
from core.jobs import table
from core.jobs.kinds import JobContext, JobFailed, JobKind, JobWaits, LeaseLost
from core.jobs.tries import waited
from core.jobs.work import JobQueue
from core.models import Job, new_id
from core.processes import ProcessError, metered
from core.settings import JobSettings

log = structlog.get_logger()

TOO_MANY_ATTEMPTS = "too_many_attempts"
SUSPECT_ATTEMPTS = 3
HOOK_SECONDS = 60  # what a plugin may take to answer inside a job, where nobody waits for a page


class Worker:
    """Runs jobs of the kinds it knows, one at a time per caller of `drain`; others wait for another worker."""

    def __init__(self, kinds: Iterable[JobKind], queue: JobQueue, settings: JobSettings) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{new_id(20)}"
        self._kinds = {kind.name: kind for kind in kinds}
        self._light = [kind.name for kind in self._kinds.values() if not kind.heavy]
        self._queue = queue
        self._settings = settings
        self._running: dict[asyncio.Task[None], Job] = {}
        self._resting: dict[str, float] = {}
        self._stopping = False
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._claiming = asyncio.Lock()

    @property
    def heavy_slots(self) -> int:
        """How many heavy jobs run at once. Where there are more places, one is kept for what somebody waits for."""
        return max(1, self._settings.concurrency - 1)

    @property
    def busy(self) -> int:
        """Number of jobs running now."""
        return len(self._running)

    @property
    def free(self) -> int:
        """Number of further jobs it could run now."""
        return self._settings.concurrency - self.busy

    async def drain(self) -> None:
        """Run due jobs until there are none, the worker stops, or others of its callers take up its concurrency."""
        if self._slots.locked():
            return
        async with self._slots:
            while not self._stopping and await self._run_one():
                pass

    async def stop(self) -> None:
        """Claim nothing more; cancel what runs and hand it back, so that another worker starts at once."""
        self._stopping = True
        for attempt in list(self._running):
            attempt.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _run_one(self) -> bool:
        async with self._claiming:
            job = await table.claim(self.name, self._claimable(), self._settings)
            if job is None:
                return False
            if self._stopping:
                await table.hand_back(job)  # it began to stop while this claim was under way
                return False
            attempt = self._begin(job)
            if job.attempts >= SUSPECT_ATTEMPTS:
                await asyncio.wait([attempt])  # nothing is claimed beside it
        await asyncio.wait([attempt])
        if not attempt.cancelled() and (error := attempt.exception()) is not None:
            # Its end could not be stored; the lease runs out, and somebody tries again.
            log.error("job_end_not_stored", job=job.id, kind=job.kind, exc_info=error)
        return True

    def _claimable(self) -> Iterable[str]:
        heavy = sum(self._kinds[job.kind].heavy for job in self._running.values())
        kinds = self._kinds if heavy < self.heavy_slots else self._light
        return [kind for kind in kinds if self._resting.get(kind, 0.0) <= time.monotonic()]

    def _begin(self, job: Job) -> "asyncio.Task[None]":
        # What may have killed its worker twice runs alone, so that nobody else dies with it a third time.
        others = frozenset(self._running) if job.attempts >= SUSPECT_ATTEMPTS else frozenset()
        attempt = asyncio.create_task(self._attempt(job, others), name=f"job {job.kind} {job.id}")
        self._running[attempt] = job
        attempt.add_done_callback(lambda done: self._running.pop(done, None))
        return attempt

    async def _attempt(self, job: Job, after: "frozenset[asyncio.Task[None]]") -> None:
        facts = {"job": job.id, "kind": job.kind, "subject": job.subject, "attempt": job.attempts, "fence": job.fence}
        with structlog.contextvars.bound_contextvars(**facts), metered():
            current, began = asyncio.current_task(), time.monotonic()
            heartbeat = asyncio.create_task(self._heartbeat(job, current))
            try:
                if after:
                    await asyncio.wait(after)
                await self._run(job)
            except asyncio.CancelledError as error:
                if current is not None and not current.cancelling():
                    # Nobody cancelled the attempt: something it awaited was, and that is an error like any other.
                    await self._try_again(job, error)
                # Either the worker stops, or the lease is lost and the guarded update changes nothing.
                elif await table.hand_back(job):
                    log.info("job_handed_back")
            except LeaseLost:
                log.warning("job_lease_lost")
            except JobFailed as error:
                await self._give_up(job, error.code, error.detail)
            except JobWaits as error:
                await self._wait(job, error, time.monotonic() - began)
            except Exception as error:  # noqa: BLE001 - any error of a job ends in a retry or a reason, never in silence
                await self._try_again(job, error)
            finally:
                heartbeat.cancel()

    async def _run(self, job: Job) -> None:
        if job.attempts > self._settings.attempts:
            # The attempt was counted before the work, so a job that kills its worker ends here too.
            raise JobFailed(TOO_MANY_ATTEMPTS, job.error_detail or "the worker died each time")
        log.info("job_started")
        context = JobContext(job, self._queue)
        with hook_deadline(HOOK_SECONDS):
            await self._kinds[job.kind].run(context)
        if not context.finished:
            async with context.finishing():
                pass
        log.info("job_done")

    async def _heartbeat(self, job: Job, attempt: "asyncio.Task[None] | None") -> None:
        while True:
            await asyncio.sleep(self._settings.heartbeat)
            try:
                held = await table.renew(job, self._settings.lease)
            except Exception as error:
                log.warning("heartbeat_failed", exc_info=error)
                continue
            if not held and attempt is not None:
                attempt.cancel()
                return

    async def _give_up(self, job: Job, code: str, detail: str) -> None:
        log.warning("job_failed", code=code, detail=detail)
        try:
            async with self._queue.transaction() as work:
                if job.subject is not None:
                    # What follows may be the end of others about the same: two of them may fail at the same time.
                    await table.lock_unfinished(job.subject, work.connection)
                if await table.fail(job, work.connection, code, detail):
                    await self._kinds[job.kind].failed(job, work)
        except Exception as error:
            # A job ends even where what follows from its end cannot be done.
            log.error("job_failed_unhandled", exc_info=error)
            async with self._queue.transaction() as work:
                await table.fail(job, work.connection, code, detail)

    async def _try_again(self, job: Job, error: BaseException) -> None:
        log.error("job_error", exc_info=error)
        detail = f"{type(error).__name__}: {error.detail if isinstance(error, ProcessError) else error}"
        if job.attempts >= self._settings.attempts:
            await self._give_up(job, TOO_MANY_ATTEMPTS, detail)
            return
        delay = self._jittered(self._settings.first_delay * 2 ** (job.attempts - 1))
        await table.put_back(job, delay=delay, detail=detail)

    async def _wait(self, job: Job, error: JobWaits, took: float) -> None:
        """Put the job back for as long as it took to find out: what costs nothing is looked at as often as the table.

        Meanwhile this worker leaves its kind alone, so that one that lacks something does not go through all there is.
        """
        delay = self._jittered(max(self._settings.sweep, took))
        if waited(job) + delay > self._settings.patience:
            await self._give_up(job, error.code, error.detail)
            return
        log.warning("job_waits", code=error.code, detail=error.detail)
        self._resting[job.kind] = time.monotonic() + delay
        await table.let_wait(job, delay=delay, code=error.code, detail=error.detail)

    def _jittered(self, seconds: float) -> float:
        ceiling = min(self._settings.longest_delay, seconds)
        return random.uniform(ceiling / 2, ceiling)  # noqa: S311 - jitter, not a secret
