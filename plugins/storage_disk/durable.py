"""Writes that are whole or absent after a crash: the content first, then its name, then the directory."""

import asyncio
import errno
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from core.api import StorageFull

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

# EFBIG: the process or the file system has a limit for one file.
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_COPY_BYTES = 64 * 1024**2

# macOS has no fdatasync.
sync_data: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)


async def in_thread(
    function: Callable[Parameters, Result], *args: Parameters.args, **kwargs: Parameters.kwargs
) -> Result:
    """Run file work beside the event loop, and see it through even when the caller is cancelled.

    A thread cannot be stopped: leaving it behind would let it write after its caller has cleaned up.
    """
    work = asyncio.get_running_loop().run_in_executor(None, partial(function, *args, **kwargs))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        if not work.cancelled():
            work.exception()  # nobody is left to hear of it
        raise


@contextmanager
def refusing_when_full(what: str) -> Iterator[None]:
    """Turn the system's ways of saying that there is no space into StorageFull."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull(f"{what}: {error.strerror}. Free some space, or move storage_disk.root.") from error
        raise


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_directory(path: Path, *, mode: int = 0o777) -> None:
    """Create a directory and its missing parents, durably; `mode` is limited by the process's umask."""
    missing = []
    while not path.is_dir():
        missing.append(path)
        path = path.parent
    for directory in reversed(missing):
        directory.mkdir(mode, exist_ok=True)
        sync_directory(directory.parent)


def write_at(descriptor: int, piece: memoryview | bytes, offset: int) -> None:
    """Write all of the piece at `offset`."""
    rest = memoryview(piece)
    while rest:
        written = os.pwrite(descriptor, rest, offset)
        offset += written
        rest = rest[written:]


def write_file(path: Path, content: bytes) -> None:
    """Make a small file appear with its whole content. Its directory must exist."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def copy_file(source: Path, target: Path) -> None:
    """Copy a file's content, by reference where the file system can, to a new file, and make it durable."""
    with source.open("rb") as reader, target.open("xb") as writer:
        _copy_in_kernel(reader.fileno(), writer.fileno())
        # Both descriptors have moved: this copies what the kernel left, which is all of it or nothing.
        shutil.copyfileobj(reader, writer, 1024**2)
        writer.flush()
        os.fsync(writer.fileno())


def _copy_in_kernel(reader: int, writer: int) -> None:
    try:
        while hasattr(os, "copy_file_range") and os.copy_file_range(reader, writer, _COPY_BYTES):
            pass
    except OSError as error:
        # Anything else means that the kernel cannot copy between these two files.
        if error.errno in _FULL:
            raise


def move(source: Path, target: Path) -> None:
    """Give a durable file or directory its final name in the same file system, durably."""
    while True:
        try:
            make_directory(target.parent)
            source.replace(target)
        except FileNotFoundError:
            # A concurrent delete may have pruned the directory between the two lines above.
            if not os.path.lexists(source):
                raise
        else:
            sync_directory(target.parent)
            return
