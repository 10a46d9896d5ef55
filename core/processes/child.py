"""Runs one child process from its start to its certain end."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from core.processes.errors import ChildFailed, DeadlineExceeded, OutputExceeded
from core.processes.follower import LONGEST_LINE, Follower, OnLine, pipes
from core.processes.limits import Limits
from core.processes.sandbox import confine, sandbox_status

_LAUNCHER = Path(__file__).with_name("launcher.py")
_ENVIRONMENT = {"MALLOC_ARENA_MAX": "4"}
"""All that children get. Without it, every thread reserves 64 MiB of the address space that is limited."""

_SIGNALLED = range(129, 160)
"""How bubblewrap tells a signal: 128 + its number, as shells do. Beyond are statuses that programs choose."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A child that ended with 0. `stdout` is empty when the lines went to `on_line`; `stderr` is its tail."""

    stdout: bytes
    stderr: str
    seconds: float


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
    process = await _start(_command_line(command, limits, read_only or {}, writable, sandboxed=sandboxed), writable)
    follower = Follower(process, limits, on_line)
    try:
        async with asyncio.timeout(deadline) as timer:
            await _guarded(follower.work(), follower.guards(idle_timeout, writable))
    except TimeoutError as error:
        if not timer.expired():
            raise
        raise DeadlineExceeded(f"{command[0]} was killed after {deadline:.0f} seconds") from error
    finally:
        await _end(process)
    _check_exit(command[0], _exit_status(process, sandboxed=sandboxed), follower.stderr)
    return Finished(bytes(follower.stdout), follower.stderr, time.monotonic() - started)


async def _start(command_line: Sequence[str], folder: Path | None) -> asyncio.subprocess.Process:
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *command_line,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=folder or "/",
            env=_ENVIRONMENT,
            start_new_session=True,
            limit=LONGEST_LINE,
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        # Cancelled in the middle of a start, asyncio was seen to wait for ever, with its pipes open (3.11): see it
        # through, and end what was started.
        await _end(await starting)
        raise


def _command_line(
    command: Sequence[str], limits: Limits, read_only: Mapping[str, Path], writable: Path | None, *, sandboxed: bool
) -> list[str]:
    spec = json.dumps({**asdict(limits), "sandboxed": sandboxed, "parent": os.getpid()})
    if sandboxed:
        inside = "/launcher.py"
        launch = [sys.executable, "-I", "-S", inside, spec, *command]
        return confine(launch, executable=command[0], read_only={inside: _LAUNCHER, **read_only}, writable=writable)
    real = [str(read_only[argument].resolve()) if argument in read_only else argument for argument in command]
    return [sys.executable, "-I", "-S", str(_LAUNCHER), spec, *real]


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


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill whatever is left of the child's process group and wait for the end, even if cancelled meanwhile."""
    _kill(process.pid)
    await asyncio.shield(_reaped(process))


def _kill(leader: int) -> None:
    """Kill a process group, and those of it that have a session of their own by now, as everything in a sandbox has.

    Those die with their parent, but not in the moments before they could say so to the kernel.
    """
    strays: list[int] = []
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGSTOP)  # who has stopped starts nobody
        strays = _descendants(leader)
        # ffmpeg was seen to go on for minutes after SIGTERM.
        os.killpg(leader, signal.SIGKILL)
    for stray in strays:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(stray, signal.SIGKILL)


def _descendants(leader: int) -> list[int]:
    """Return the processes below one, as far as the system tells (proc(5): `children`)."""
    found, waiting = list[int](), [leader]
    while waiting:
        parent = waiting.pop()
        with contextlib.suppress(OSError):
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
            waiting += map(int, children.split())
            found += map(int, children.split())
    return found


async def _reaped(process: asyncio.subprocess.Process) -> None:
    try:
        async with asyncio.timeout(5):
            # The end of both streams is the end of every process that holds them, grandchildren included.
            await asyncio.gather(*(_drain(stream) for stream in pipes(process)), process.wait())
    except TimeoutError:
        # A grandchild that left the process group holds a pipe. asyncio has no public way to let go of it.
        process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001


async def _drain(stream: asyncio.StreamReader) -> None:
    while await stream.read(LONGEST_LINE):
        pass


def _exit_status(process: asyncio.subprocess.Process, *, sandboxed: bool) -> int:
    """Return the exit status as Python tells it: negative for a signal."""
    status = process.returncode if process.returncode is not None else -signal.SIGKILL
    return 128 - status if sandboxed and status in _SIGNALLED else status


def _check_exit(program: str, status: int, stderr: str) -> None:
    if status == -signal.SIGXCPU:
        raise DeadlineExceeded(f"{program} used up its processor time")
    if status == -signal.SIGXFSZ:
        raise OutputExceeded(f"{program} wrote a file larger than it may")
    if status != 0:
        raise ChildFailed(program, status, stderr)
