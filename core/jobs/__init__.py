"""Background work: the job table is the truth, a worker leases rows from it, and a broker merely rings the bell."""

from core.jobs.kinds import JobContext, JobFailed, JobKind, JobWaits, LeaseLost
from core.jobs.work import JobQueue, Work
from core.jobs.worker import Worker

__all__ = ["JobContext", "JobFailed", "JobKind", "JobQueue", "JobWaits", "LeaseLost", "Work", "Worker"]
