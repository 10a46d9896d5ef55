"""The tries of a job, kept in its notes: where each ran, how long, at what cost, and what ended it."""

from datetime import datetime
from typing import Any

from core.models import Job
from core.processes import spent

TRIES, WAITED = "tries", "waited"
_MOST = 20
_COSTS = ("seconds", "cpu_seconds", "written_bytes")

Try = dict[str, Any]


def begin_try(job: Job, now: datetime) -> None:
    """Write down who begins, and when: a worker that dies leaves at least that."""
    begun = {"worker": job.worker, "begun_at": now.isoformat()}
    job.notes = {**job.notes, TRIES: [*job.notes.get(TRIES, []), begun][-_MOST:]}


def end_try(job: Job, now: datetime, error: str | None = None) -> None:
    """Add what the try has cost, and the error that ended it."""
    *earlier, last = job.notes.get(TRIES) or [{}]
    job.notes = {**job.notes, TRIES: [*earlier, _ended(job, last, now, error)]}


def void_try(job: Job, now: datetime, error: str) -> None:
    """End a try whose other notes are worth nothing: another one begins afresh."""
    end_try(job, now, error)
    job.notes = {name: job.notes[name] for name in (TRIES, WAITED) if name in job.notes}


def waiting_try(job: Job, now: datetime, error: str, delay: float) -> None:
    """End a try that only found out that the job has to wait on, for `delay` seconds; those of one worker are one."""
    void_try(job, now, error)
    *earlier, last = job.notes[TRIES]
    same = next((each for each in earlier if each.get("waits") and each["worker"] == last.get("worker")), None)
    told = {**last, "waits": 1}
    if same is not None:
        earlier.remove(same)
        told |= {"begun_at": same["begun_at"], "waits": same["waits"] + 1}
        told |= {cost: round(same[cost] + last[cost], 2) for cost in _COSTS}
    job.notes = {TRIES: [*earlier, told], WAITED: waited(job) + delay}


def waited(job: Job) -> float:
    """Return for how many seconds the job was told to wait so far."""
    return float(job.notes.get(WAITED, 0))


def _ended(job: Job, begun: Try, now: datetime, error: str | None) -> Try:
    began = datetime.fromisoformat(begun["begun_at"]) if "begun_at" in begun else now
    return {
        **begun,
        "seconds": round((now - began).total_seconds(), 2),
        "cpu_seconds": round(spent(), 2),
        "written_bytes": job.notes.get("written_bytes", 0),
        "error": error,
    }
