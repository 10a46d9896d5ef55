"""What happened in a run, in order, for whoever has to find out why it failed, and for the checker of histories."""

import time
from dataclasses import dataclass, field

from tests.chaos.events import Acknowledged, Event


@dataclass
class Journal:
    """Everything that was tried, went wrong and was answered; each line is printed, and pytest shows it on failure."""

    began: float = field(default_factory=time.monotonic)
    accepted: set[str] = field(default_factory=set)
    """Uploads for which `complete` was answered with success: none of their bytes may ever be lost."""
    older: str = ""
    """The upload whose place another one is to take, if any; its bytes are kept until that one is published."""
    parts: set[int] = field(default_factory=set)
    """Parts of the upload under way that were answered with success."""
    seen: list[Event] = field(default_factory=list)
    """What clients were told and have read."""

    def tell(self, what: str) -> None:
        """Write a line."""
        print(f"{time.monotonic() - self.began:7.3f}  {what}")  # noqa: T201 - see above

    def acknowledge(self, upload_id: str) -> None:
        """Note that `complete` was answered with success."""
        self.accepted.add(upload_id)
        self.seen.append(Acknowledged(upload_id))
