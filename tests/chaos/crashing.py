"""Code that dies at a fault point, in a process that lives on."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest


class Crash(Exception):
    """What a fault point raises where the process has to live on."""


@contextmanager
def crash_at(point: str) -> Iterator[list[str]]:
    """Raise Crash at a fault point, once, instead of dying there. Yields the point, once it was passed."""
    died = list[str]()

    def raise_once(*_: object) -> None:
        died.append(point)
        patch.setattr("core.faults._ARMED", "")
        raise Crash(point)

    class Mortal:
        getpid = staticmethod(lambda: 0)
        kill = staticmethod(raise_once)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.faults._ARMED", point)
        patch.setattr("core.faults.os", Mortal)
        yield died
