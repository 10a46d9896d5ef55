"""The one place that runs child processes: bounded, sandboxed where the machine can, and never left behind."""

from core.processes.child import Finished, run
from core.processes.errors import ChildFailed, DeadlineExceeded, NoProgress, OutputExceeded, ProcessError
from core.processes.follower import OnLine
from core.processes.limits import MIB, Limits
from core.processes.meter import Meter, metered, spent
from core.processes.sandbox import SandboxStatus, sandbox_status

__all__ = [
    "MIB",
    "ChildFailed",
    "DeadlineExceeded",
    "Finished",
    "Limits",
    "Meter",
    "NoProgress",
    "OnLine",
    "OutputExceeded",
    "ProcessError",
    "SandboxStatus",
    "metered",
    "run",
    "sandbox_status",
    "spent",
]
