"""What is told of a video's processing: its jobs, their tries, and what was chosen for each track."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from core.videos.status import FailureView, StepState


class Choice(BaseModel):
    """What was decided about a track: its packets are copied, or it is encoded; and the reason."""

    track: str
    choice: Literal["copy", "encode"]
    reason: str


class LoggedTry(BaseModel):
    """One attempt at a job; null stands for what nobody wrote down, because its worker died or is still at it.

    `written_bytes` went to the work folder. `waits` counts the looks for room that were made instead of the work.
    `worker` and `error` are for administrators only, and null for others.
    """

    begun_at: datetime
    seconds: float | None = None
    cpu_seconds: float | None = None
    written_bytes: int | None = None
    waits: int = 0
    worker: str | None
    error: str | None = None
    """What ended it: the end of what the program wrote to stderr is below."""


class LoggedJob(BaseModel):
    """One job. Times are seconds; null stands for what is not known, or not yet.

    `ran_seconds` is from its first start to its end, `cpu_seconds` the sum of all its tries, of which the latest twenty
    are told. `frames` is how many a chunk has. `worker`, `storage`, `program` and `detail` are for administrators only,
    and null for others.
    """

    kind: str
    label: str
    state: StepState
    progress: float
    choices: list[Choice]
    frames: int | None
    begun_at: datetime | None
    waited_seconds: float
    ran_seconds: float | None
    cpu_seconds: float | None
    stored_bytes: int | None
    attempts: int
    tries: list[LoggedTry]
    error: FailureView | None
    """Why it was given up, or what it waits for."""
    worker: str | None
    storage: str | None
    program: str | None
    detail: str | None
    """The error of its last failed attempt: the end of what the program wrote to stderr."""


class ProcessingLog(BaseModel):
    """The latest run of processing, in the order in which its jobs became known; no job where there was none yet.

    `seconds` is from the first start to the last end, null before the first; the others are sums over all jobs.
    """

    video_id: str
    run: str | None
    seconds: float | None
    cpu_seconds: float
    stored_bytes: int
    jobs: list[LoggedJob]
