"""What a check of a storage has found."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a finding matters: not at all, some comfort, or the safety and function of the site."""

    PASS = "pass"  # noqa: S105 - no password
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried: what, what came of it, and what to do unless it passed."""

    level: Level
    what: str
    detail: str
    fix: str = ""


def finding(what: str, detail: str, *, good: bool, fix: str, otherwise: Level = Level.FAIL) -> Finding:
    """Return a finding that passes or not, and carries its remedy only when it does not."""
    return Finding(Level.PASS, what, detail) if good else Finding(otherwise, what, detail, fix)
