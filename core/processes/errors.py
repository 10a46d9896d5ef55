"""How running a child process can end badly."""

import signal

_CRASHES = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGTRAP)


class ProcessError(Exception):
    """A child process did not end as it should; nothing of it is running any more.

    `stderr` is the tail of what the child said, however it ended.
    """

    stderr = ""

    @property
    def headline(self) -> str:
        """What happened, in a line."""
        return str(self)

    @property
    def detail(self) -> str:
        """What happened, and below it the tail of what the child said: for the operator."""
        return "\n".join(filter(None, (self.headline, self.stderr.strip())))


class DeadlineExceeded(ProcessError):
    """The child was killed because its time, or its processor time, was up."""


class NoProgress(ProcessError):
    """The child was killed because it ran on without getting anywhere."""


class OutputExceeded(ProcessError):
    """The child was killed because it wrote more than it may."""


class ChildFailed(ProcessError):
    """The child ended by itself with something else than 0.

    `exit_status` is negative for a signal (-9: killed).
    """

    def __init__(self, program: str, exit_status: int, stderr: str) -> None:
        """Keep both parts: callers tell reasons apart by them."""
        super().__init__(f"{program} ended with {exit_status}: {stderr.strip()[-500:] or 'it said nothing'}")
        self.program = program
        self.exit_status = exit_status
        self.stderr = stderr

    @property
    def headline(self) -> str:
        """What happened, without any of what it said."""
        return f"{self.program} ended with {self.exit_status}"

    @property
    def crashed(self) -> bool:
        """True when the child made a fatal mistake, by the input most likely: the same input would end the same way."""
        return -self.exit_status in _CRASHES

    @property
    def killed(self) -> bool:
        """True when somebody else (the kernel, an operator) killed the child: the same input may well succeed later."""
        return self.exit_status < 0 and not self.crashed
