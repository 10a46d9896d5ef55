"""A disk that takes nothing more; what is on it can be read and removed, as with ENOSPC in earnest."""

import errno
import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from plugins.storage_disk import durable

_WRITES = ("pwrite", "fsync", "mkdir", "copy_file_range")


@contextmanager
def full_disk(after: int) -> Iterator[list[str]]:
    """Let the disk take `after` more writes of this process, and half of the next one. Yields what was refused.

    SQLite writes past `os`, so the database has a disk of its own, as it should.
    """
    writes, refused = itertools.count(1), list[str]()

    def filling(name: str, really: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            number = next(writes)
            if name == "pwrite" and number == after + 1:
                descriptor, content, offset = args
                return really(descriptor, content[: len(content) // 2 + 1], offset)
            if number > after:
                refused.append(name)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return really(*args, **kwargs)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in _WRITES:
            patch.setattr(os, name, filling(name, getattr(os, name)))
        patch.setattr(durable, "sync_data", filling("fdatasync", durable.sync_data))
        yield refused
