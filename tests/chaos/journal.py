"""What happened in a run, in order, for whoever has to find out why it failed."""

import time
from dataclasses import dataclass, field


@dataclass
class Journal:
    """Everything that was tried, went wrong and was answered; each line is printed, and pytest shows it on failure."""

    began: float = field(default_factory=time.monotonic)
    accepted: set[str] = field(default_factory=set)
    """Uploads for which `complete` was answered with success: none of their bytes may ever be lost."""
    parts: set[int] = field(default_factory=set)
    """Parts of the upload under way that were answered with success."""

    def tell(self, what: str) -> None:
        """Write a line."""
        print(f"{time.monotonic() - self.began:7.3f}  {what}")  # noqa: T201 - see above
