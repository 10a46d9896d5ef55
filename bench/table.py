"""The figures of a bench, as a table in Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass(slots=True)
class Table:
    """A title, a header, and rows of text; `note` says what a promise asks for."""

    title: str
    header: Sequence[str]
    note: str = ""
    rows: list[Sequence[str]] = field(default_factory=list)

    def __str__(self) -> str:
        """The table as it can be pasted."""
        lines = [self.header, ["---"] * len(self.header), *self.rows]
        text = "\n".join("| " + " | ".join(line) + " |" for line in lines)
        return f"## {self.title}\n\n{text}\n" + (f"\n{self.note}" if self.note else "")


def ratios(ours: Sequence[float], other: Sequence[float]) -> str:
    """Return the median ratio of runs that were made in turns, and its range."""
    each = sorted(one / another for one, another in zip(ours, other, strict=True))
    return f"{median(each):.2f} ({each[0]:.2f}-{each[-1]:.2f})"
