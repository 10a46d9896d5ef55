"""The jobs of this room: drop what was left, and give new keys to what is no longer for everybody."""

from typing import TYPE_CHECKING

from core.jobs import JobContext, JobKind, Work
from core.models import Job, RenditionSet
from core.storage_moves.copies import DROP
from core.storage_moves.dropping import drop_copy
from core.storage_moves.rekeying import REKEY, rekey_video

if TYPE_CHECKING:
    from core.services import Services

_NEXT_DAY = 86400
_NEXT_LOOK = 30


class StorageMoves:
    """What workers do for moves, whether the command still runs or died."""

    def __init__(self, services: "Services") -> None:
        self._services = services

    def kinds(self) -> list[JobKind]:
        """The kinds of job of this room."""
        return [JobKind(DROP, self._drop, self._drop_later), JobKind(REKEY, self._rekey)]

    async def _drop(self, context: JobContext) -> None:
        """Remove a copy when its time has come; until then the job follows itself."""
        job = context.job
        seconds = await drop_copy(self._services, job.payload["copy"])
        async with context.finishing() as work:
            if seconds:
                await work.enqueue(DROP, job.payload, subject=job.subject, delay=seconds)

    async def _drop_later(self, job: Job, work: Work) -> None:
        """A store that is down for long is asked again: while the copy's row stands, a job waits for it."""
        await work.enqueue(DROP, job.payload, subject=job.subject, delay=_NEXT_DAY)

    async def _rekey(self, context: JobContext) -> None:
        """Let the objects of a video that is not public have keys that no public link knows."""
        video_id = str(context.job.subject)
        # Before the look at the sets: one that ends meanwhile has been passed over.
        growing = await RenditionSet.filter(video_id=video_id, growing=True).exists()
        await rekey_video(self._services, video_id, f"{context.job.id}-{context.job.fence}")
        async with context.finishing() as work:
            if growing:
                await work.enqueue(REKEY, subject=video_id, delay=_NEXT_LOOK)
