"""Follows a running child: its output, its progress, and what it writes."""

import asyncio
import codecs
import contextlib
import os
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path

from core.processes.errors import NoProgress, OutputExceeded
from core.processes.limits import Limits

LONGEST_LINE = 64 * 1024
"""Bytes of one line, and of one read."""

_STDERR_TAIL = 4096

OnLine = Callable[[str], Awaitable[bool]]
"""Told each line of the child's standard output; answers whether it shows progress."""


def pipes(process: asyncio.subprocess.Process) -> tuple[asyncio.StreamReader, asyncio.StreamReader]:
    """Return standard output and error of a process that was started with pipes for both."""
    if process.stdout is None or process.stderr is None:
        raise ValueError("the process was not started with stdout=PIPE, stderr=PIPE")
    return process.stdout, process.stderr


async def drain(stream: asyncio.StreamReader) -> None:
    """Read a stream to its end, for nobody."""
    while await stream.read(LONGEST_LINE):
        pass


class Follower:
    """Reads what the child says and remembers when it last got anywhere."""

    def __init__(self, process: asyncio.subprocess.Process, limits: Limits, on_line: OnLine | None) -> None:
        self._process = process
        self._out, self._err = pipes(process)
        self._limits = limits
        self._on_line = on_line
        self._last_progress = time.monotonic()
        self._tail = bytearray()
        self.stdout = bytearray()

    @property
    def stderr(self) -> str:
        """The last 4 KiB of the child's standard error, as text that every database and every terminal takes."""
        said = codecs.decode(self._tail, "utf-8", "replace").replace("\r", "\n")
        return "".join(each if each.isprintable() or each in "\n\t" else "\ufffd" for each in said)

    def work(self) -> list[Coroutine[None, None, object]]:
        """Return coroutines that have all ended when the child has: both streams are read, and it has exited."""
        read = self._read_stdout() if self._on_line is None else self._read_lines(self._on_line)
        return [read, self._read_stderr(), self._process.wait()]

    def guards(self, idle_timeout: float | None, writable: Path | None) -> list[Coroutine[None, None, object]]:
        """Return coroutines that never end but by raising why the child has to be killed."""
        guards: list[Coroutine[None, None, object]] = []
        if idle_timeout is not None:
            guards.append(self._guard_progress(idle_timeout))
        if writable is not None and (self._limits.output_bytes or self._limits.output_files):
            guards.append(_guard_output(writable, self._limits))
        return guards

    async def read_rest(self) -> None:
        """Read what is left in the pipes of a child that was killed: its last words, too, are kept."""
        await asyncio.gather(self._read_stderr(), drain(self._out))

    async def _read_stdout(self) -> None:
        while chunk := await self._out.read(LONGEST_LINE):
            self.stdout += chunk
            if len(self.stdout) > self._limits.stdout_bytes:
                raise OutputExceeded(f"the child printed more than {self._limits.stdout_bytes} bytes")

    async def _read_lines(self, on_line: OnLine) -> None:
        try:
            while line := await self._out.readline():
                if await on_line(line.decode(errors="replace").rstrip()):
                    self._last_progress = time.monotonic()
        except ValueError as error:  # asyncio's word for a line over the limit
            raise OutputExceeded(f"the child printed a line of more than {LONGEST_LINE} bytes") from error

    async def _read_stderr(self) -> None:
        while chunk := await self._err.read(LONGEST_LINE):
            self._tail += chunk
            del self._tail[:-_STDERR_TAIL]

    async def _guard_progress(self, idle_timeout: float) -> None:
        while (left := self._last_progress + idle_timeout - time.monotonic()) > 0:  # noqa: ASYNC110 -- it moves
            await asyncio.sleep(left)
        raise NoProgress(f"the child got nowhere for {idle_timeout:.0f} seconds")


async def _guard_output(folder: Path, limits: Limits) -> None:
    while True:
        started = time.monotonic()
        files, size = await asyncio.to_thread(_measure, folder)
        if limits.output_bytes is not None and size > limits.output_bytes:
            raise OutputExceeded(f"the child wrote {size} bytes where {limits.output_bytes} are allowed")
        if limits.output_files is not None and files > limits.output_files:
            raise OutputExceeded(f"the child wrote {files} files where {limits.output_files} are allowed")
        # Looking may cost a twentieth of a core at most, however many files there are.
        await asyncio.sleep(max(0.5, 20 * (time.monotonic() - started)))


def _measure(folder: Path) -> tuple[int, int]:
    """Return number and total bytes of the files in a flat folder; those that vanish meanwhile count nothing."""
    files = size = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):
                size += entry.stat(follow_symlinks=False).st_size
                files += 1
    return files, size
