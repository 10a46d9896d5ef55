"""What the children of one piece of work cost together, however each of them ended."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Meter:
    """Counts up from nothing. `cpu_seconds` is processor time."""

    cpu_seconds: float = 0.0


_METER: ContextVar[Meter | None] = ContextVar("meter", default=None)


@contextmanager
def metered() -> Iterator[Meter]:
    """Count what is run inside, by this task and by those that it starts."""
    meter = Meter()
    token = _METER.set(meter)
    try:
        yield meter
    finally:
        _METER.reset(token)


def charge(cpu_seconds: float) -> None:
    """Add what a child has cost to the meter that runs, if any."""
    if (meter := _METER.get()) is not None:
        meter.cpu_seconds += cpu_seconds


def spent() -> float:
    """Return the processor time that the running meter has counted so far, in seconds; 0 without one."""
    meter = _METER.get()
    return meter.cpu_seconds if meter else 0.0
