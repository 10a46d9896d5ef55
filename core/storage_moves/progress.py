"""What a move says of itself while it runs, and in the end."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import humanize

Say = Callable[[str], None]

_EVERY_SECONDS = 5.0


@dataclass(slots=True)
class Progress:
    """Counts assets and bytes; says a line every few seconds."""

    say: Say
    assets: int
    """Still to be moved as it began; more may come."""
    bytes: int
    moved: int = 0
    moved_bytes: int = 0
    compared: int = 0
    _began: float = field(default_factory=time.monotonic)
    _said: float = field(default_factory=time.monotonic)

    def add(self, size: int) -> None:
        """Hear of an asset that has been moved."""
        self.moved += 1
        self.moved_bytes += size

    def count(self, compared: int) -> None:
        """Hear of bytes that were copied and compared."""
        self.compared += compared
        if time.monotonic() - self._said >= _EVERY_SECONDS:
            self._said = time.monotonic()
            self.say(self.line())

    def line(self) -> str:
        """Return how far it is."""
        done, whole = humanize.naturalsize(self.compared), humanize.naturalsize(max(self.bytes, self.compared))
        seconds = max(time.monotonic() - self._began, 0.001)
        rate = self.compared / seconds
        left = max(self.bytes - self.compared, 0) / rate if rate else 0
        ahead = f", about {humanize.naturaldelta(left)} left" if left >= 1 else ""
        return (
            f"  {self.moved} of {max(self.assets, self.moved)} moved, {done} of {whole}, "
            f"{humanize.naturalsize(rate)}/s{ahead}"
        )

    def summary(self) -> str:
        """Return what was done."""
        seconds = time.monotonic() - self._began
        size = humanize.naturalsize(self.moved_bytes)
        return f"{self.moved} moved ({size}) in {humanize.precisedelta(round(seconds)) or 'no time'}."
