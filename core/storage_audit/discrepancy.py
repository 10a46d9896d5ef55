"""What an audit finds, and what it has looked at."""

from dataclasses import dataclass
from enum import StrEnum

from core.storage import StorageKey


class Kind(StrEnum):
    """What differs between rows and objects."""

    LOST_ORIGINAL = "lost original"
    DAMAGED_ORIGINAL = "damaged original"
    BROKEN_SET = "broken set"
    EXTRA_OBJECTS = "extra objects"
    ORPHANS = "orphans"


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One difference: where it is, what it is, and what to do about it. `size` is in bytes."""

    kind: Kind
    storage: str
    where: str
    """The object's key, or what the keys of several begin with."""
    detail: str
    remedy: str
    size: int = 0
    video_id: str | None = None
    keys: tuple[StorageKey, ...] = ()
    """The objects that nobody needs; a thousand at most."""
    repaired: str | None = None
    """What was done about it; None where nothing was."""


@dataclass(slots=True)
class Tally:
    """How much an audit has looked at. `unproven` originals came without checksums, so only their size is known."""

    originals: int = 0
    unproven: int = 0
    sets: int = 0
    objects: int = 0
    size: int = 0
