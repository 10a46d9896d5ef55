"""Work, and who does it."""

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from core.models.ids import new_id


class JobState(StrEnum):
    """`ready` waits for a worker (perhaps until `run_at`); the last three are final."""

    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(Model):
    """One piece of work. This table is the truth; the broker only says that somebody should look at it."""

    id = fields.CharField(16, primary_key=True, default=new_id)
    kind = fields.CharField(60)
    subject = fields.CharField(16, null=True)
    """The id of what the job is about, usually a video's."""
    payload: dict[str, Any] = fields.JSONField(default=dict)
    state = fields.CharEnumField(JobState, default=JobState.READY, max_length=16)
    run_at = fields.DatetimeField()
    attempts = fields.IntField(default=0)
    fence = fields.IntField(default=0)
    """Raised at every claim; a write that carries an older one changes nothing."""
    lease_until = fields.DatetimeField(null=True)
    worker = fields.CharField(80, null=True)
    progress = fields.FloatField(default=0.0)
    notes: dict[str, Any] = fields.JSONField(default=dict)
    """For the operator: why it is done, and what it took."""
    error_code = fields.CharField(40, null=True)
    error_detail = fields.TextField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    started_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "job"
        indexes = (Index(fields=("state", "run_at")), Index(fields=("subject", "created_at")))


class WorkerRow(Model):
    """A worker that runs, as it said last; one that was killed stays until others find it silent."""

    name = fields.CharField(80, primary_key=True)
    slots = fields.IntField()
    """How many jobs it runs at once."""
    started_at = fields.DatetimeField()
    seen_at = fields.DatetimeField()

    class Meta:
        table = "worker"
