"""Worker processes: they write what they run into a file, wait for a sign, or die of a poisonous job."""

import asyncio
import os
import signal
from pathlib import Path

from core.database import open_database
from core.jobs import JobContext, JobKind, JobQueue, Worker, table
from core.models import Job, JobState
from core.settings import JobSettings
from tests.core.database_processes import DEADLINE
from tests.core.jobs.running import CORE_APP, KIND, QUICK, CountingBell

POISON = "demo.poison"
# The first heartbeat comes late: a process frozen within a transaction would hold its lock, which is not the point.
_RARE_HEARTBEAT = JobSettings(lease=1.5, heartbeat=0.75)


def note(path: Path, line: str) -> None:
    """Add a line to a file that several processes write."""
    with path.open("a") as file:
        file.write(f"{line}\n")


def work_until_all_ended(url: str, ran: Path) -> None:
    """Run jobs, two at a time, until there is none left, and note each one that begins."""
    asyncio.run(_work_until_all_ended(url, ran))


async def _work_until_all_ended(url: str, ran: Path) -> None:
    async def run(context: JobContext) -> None:
        note(ran, context.job.id)
        await asyncio.sleep(0.05)  # long enough to be there when the neighbour dies

    async def die(context: JobContext) -> None:
        note(ran, context.job.id)
        os.kill(os.getpid(), signal.SIGKILL)

    async with asyncio.timeout(DEADLINE), open_database(url, [CORE_APP]):
        worker = Worker([JobKind(KIND, run), JobKind(POISON, die)], JobQueue(CountingBell()), QUICK)
        while await Job.exists(state__in=[JobState.READY, JobState.RUNNING]):
            await asyncio.gather(worker.drain(), worker.drain())
            await asyncio.sleep(0.02)


def finish_when_told(url: str, name: str, folder: Path) -> None:
    """Claim one job, make `folder/<name>`, wait for `folder/go`, and finish the job with something that follows."""
    asyncio.run(_finish_when_told(url, name, folder))


async def _finish_when_told(url: str, name: str, folder: Path) -> None:
    async def run(context: JobContext) -> None:
        (folder / name).touch()
        while not (folder / "go").exists():
            await asyncio.sleep(0.01)
        async with context.finishing() as work:
            await work.enqueue("demo.next", {"by": name}, delay=3600)

    async with asyncio.timeout(DEADLINE), open_database(url, [CORE_APP]):
        worker = Worker([JobKind(KIND, run)], JobQueue(CountingBell()), _RARE_HEARTBEAT)
        while not await table.count_due():
            await asyncio.sleep(0.01)
        await worker.drain()
