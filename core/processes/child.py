"""Runs one child process from its start to its certain end."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Awaitable, Coroutine, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from core.processes.account import Account, AccountPipe
from core.processes.ending import drained, end
from core.processes.errors import ChildFailed, DeadlineExceeded, OutputExceeded, ProcessError
from core.processes.follower import LONGEST_LINE, Follower, OnLine
from core.processes.limits import Limits
from core.processes.meter import charge
from core.processes.sandbox import confine, sandbox_status

_LAUNCHER = Path(__file__).with_name("launcher.py")
_ENVIRONMENT = {"MALLOC_ARENA_MAX": "4"}
"""All that children get. Without it, every thread reserves 64 MiB of the address space that is limited."""

_SIGNALLED = range(129, 160)
"""How bubblewrap tells a signal: 128 + its number, as shells do. Beyond are statuses that programs choose."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A child that ended with 0. `stdout` is empty when the lines went to `on_line`; `stderr` is its tail.

    `cpu_seconds` is its processor time and `peak_memory` the most bytes one process held, both with those of its own
    children that it waited for.
    """

    stdout: bytes
    stderr: str
    seconds: float
    cpu_seconds: float
    peak_memory: int


async def run(  # noqa: PLR0913 -- each is a bound that a caller has to think of
    command: Sequence[str],
    *,
    limits: Limits,
    deadline: float,
    read_only: Mapping[str, Path] | None = None,
    writable: Path | None = None,
    on_line: OnLine | None = None,
    idle_timeout: float | None = None,
    sandboxed: bool = True,
) -> Finished:
    """Run a program and return when nothing of it is left, however this call ends; cancelling it kills the child too.

    `command[0]` is an absolute path. `read_only` maps the paths the child is told to the files they stand for: they are
    mounted there in the sandbox, and replaced in the command where there is none. The child works in `writable`,
    in the sandbox the only folder it can write to. Times are seconds; `idle_timeout` bounds the time between two lines
    that show progress.

    Raises DeadlineExceeded, NoProgress, OutputExceeded or ChildFailed.
    """
    started = time.monotonic()
    sandboxed = sandboxed and (await asyncio.to_thread(sandbox_status)).works
    with AccountPipe() as pipe:
        spec = {**asdict(limits), "sandboxed": sandboxed, "parent": os.getpid(), "account": pipe.writable}
        process = await _start(_command_line(command, spec, read_only or {}, writable), writable, pipe)
        follower = Follower(process, limits, on_line)
        try:
            try:
                await _within(deadline, command[0], _guarded(follower.work(), follower.guards(idle_timeout, writable)))
            finally:
                used = await end(process, follower.read_rest())
                account = pipe.read() or Account(_exit_status(process, sandboxed=sandboxed), used, 0)
                charge(account.cpu_seconds)
        except ProcessError as error:
            error.stderr = follower.stderr
            raise
    _check_exit(command[0], account.exit_status, follower.stderr)
    seconds = time.monotonic() - started
    return Finished(bytes(follower.stdout), follower.stderr, seconds, account.cpu_seconds, account.peak_kib * 1024)


async def _start(command_line: Sequence[str], folder: Path | None, pipe: AccountPipe) -> asyncio.subprocess.Process:
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *command_line,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=folder or "/",
            env=_ENVIRONMENT,
            start_new_session=True,
            pass_fds=(pipe.writable,),
            limit=LONGEST_LINE,
        )
    )
    try:
        process = await asyncio.shield(starting)
    except asyncio.CancelledError:
        # Cancelled in the middle of a start, asyncio was seen to wait for ever, with its pipes open (3.11): see it
        # through, and end what was started.
        started = await starting
        await end(started, drained(started))
        raise
    pipe.leave_to_child()
    return process


def _command_line(
    command: Sequence[str], spec: Mapping[str, object], read_only: Mapping[str, Path], writable: Path | None
) -> list[str]:
    if spec["sandboxed"]:
        inside = "/launcher.py"
        launch = [sys.executable, "-I", "-S", inside, json.dumps(spec), *command]
        return confine(launch, executable=command[0], read_only={inside: _LAUNCHER, **read_only}, writable=writable)
    real = [str(read_only[argument].resolve()) if argument in read_only else argument for argument in command]
    return [sys.executable, "-I", "-S", str(_LAUNCHER), json.dumps(spec), *real]


async def _within(deadline: float, program: str, work: Awaitable[None]) -> None:
    try:
        async with asyncio.timeout(deadline) as timer:
            await work
    except TimeoutError as error:
        if not timer.expired():
            raise
        raise DeadlineExceeded(f"{program} was killed after {deadline:.0f} seconds") from error


async def _guarded(
    work: Sequence[Coroutine[None, None, object]], guards: Sequence[Coroutine[None, None, object]]
) -> None:
    """Wait until all work is done or anything raises; nothing of either is running afterwards."""
    pending = {asyncio.ensure_future(coroutine) for coroutine in work}
    tasks = [*pending, *(asyncio.ensure_future(coroutine) for coroutine in guards)]
    try:
        while pending:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            pending -= done
            tasks = [task for task in tasks if task not in done]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _exit_status(process: asyncio.subprocess.Process, *, sandboxed: bool) -> int:
    """Return the exit status of a child whose launcher was killed, as Python tells it: negative for a signal."""
    status = process.returncode if process.returncode is not None else -signal.SIGKILL
    return 128 - status if sandboxed and status in _SIGNALLED else status


def _check_exit(program: str, status: int, stderr: str) -> None:
    if status == 0:
        return
    error: ProcessError = ChildFailed(program, status, stderr)
    if status == -signal.SIGXCPU:
        error = DeadlineExceeded(f"{program} used up its processor time")
    elif status == -signal.SIGXFSZ:
        error = OutputExceeded(f"{program} wrote a file larger than it may")
    error.stderr = stderr
    raise error
