"""What tests let other processes do to a database: write at once, upgrade at once, die in the middle."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier

from tortoise.backends.base.client import BaseDBAsyncClient

from core.database import open_database, transaction
from core.migration import apply, upgrade
from tests.core.made_up_apps import MadeUpApps

DEADLINE = 60.0
"""Seconds after which a process counts as stuck."""

processes = get_context("forkserver")
processes.set_forkserver_preload([__name__])


def start(target: Callable[..., None], *arguments: object) -> BaseProcess:
    """Start a process that runs `target`, a function of this module."""
    process = processes.Process(target=target, args=arguments, daemon=True)
    process.start()
    return process


def join(process: BaseProcess) -> int | None:
    """Wait for the end of the process and return its exit code, negative for a signal."""
    process.join(DEADLINE)
    assert not process.is_alive(), "the process is stuck"
    return process.exitcode


def count_up(url: str, made_up: MadeUpApps, times: int, together: Barrier) -> None:
    """Read a counter and write it back plus one, `times` times, each in its own transaction."""
    sys.path.insert(0, str(made_up.folder))
    asyncio.run(_count_up(url, made_up, times, together))


async def _count_up(url: str, made_up: MadeUpApps, times: int, together: Barrier) -> None:
    async with open_database(url, made_up.apps):
        counter_model = made_up.model("counters", "Counter")
        together.wait(DEADLINE)
        for _ in range(times):
            async with transaction():
                counter = await counter_model.select_for_update().get(id=1)
                counter.value += 1
                await counter.save()


def upgrade_at_once(url: str, made_up: MadeUpApps, together: Barrier, applied: "SimpleQueue[list[str]]") -> None:
    """Open and upgrade the database as soon as all others are ready, and report what this process applied."""
    together.wait(DEADLINE)
    applied.put(asyncio.run(_upgrade(url, made_up)))


def upgrade_until_killed(url: str, made_up: MadeUpApps, statements: int) -> None:
    """Upgrade the database and die by SIGKILL when `statements` statements have been run."""
    count = 0
    run = apply.execute

    async def run_or_die(connection: BaseDBAsyncClient, statement: str) -> None:
        nonlocal count
        if count == statements:
            os.kill(os.getpid(), signal.SIGKILL)
        count += 1
        await run(connection, statement)

    apply.execute = run_or_die
    asyncio.run(_upgrade(url, made_up))


async def _upgrade(url: str, made_up: MadeUpApps) -> list[str]:
    sys.path.insert(0, str(made_up.folder))
    async with open_database(url, made_up.apps) as database:
        return await upgrade(database)
