"""What a child cost and how it ended, as the process around it tells through a pipe."""

import contextlib
import json
import os
from dataclasses import dataclass
from typing import Self

_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Account:
    """The end of one program: exit status (negative for a signal), processor time, and the most memory it held."""

    exit_status: int
    cpu_seconds: float
    peak_kib: int


class AccountPipe:
    """Both ends of the pipe; the child inherits `writable`."""

    def __init__(self) -> None:
        self._readable, self.writable = os.pipe()
        os.set_blocking(self._readable, False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._readable)
        self.leave_to_child()

    def leave_to_child(self) -> None:
        """Close our copy of the end that the child has."""
        if self.writable >= 0:
            os.close(self.writable)
            self.writable = -1

    def read(self) -> Account | None:
        """Return what the launcher said, None where it was killed before it could. Call it when the child has ended."""
        said = b""
        with contextlib.suppress(BlockingIOError):
            said = os.read(self._readable, _LONGEST)
        return Account(**json.loads(said)) if said else None
