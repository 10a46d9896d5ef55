"""The jobs that turn an accepted upload into something to watch: probe, first version, complete set."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from core.faults import fault_point
from core.in_flight import in_flight
from core.jobs import JobContext, JobFailed, JobKind, Work
from core.models import Job, RenditionSet, Upload, UploadState, Video
from core.storage import StorageFull, StorageKey
from core.transcoding import EncodedSet, MediaRejected, Plan, Reason, Report
from core.videos.access import VIDEO_ROOT
from core.videos.content_types import content_type_of
from core.videos.publish import ANNOUNCE, StoredSet, review, switch_to
from core.videos.upload import PROBE

if TYPE_CHECKING:
    from core.services import Services

log = structlog.get_logger()

FIRST = "videos.first"
LADDER = "videos.ladder"
SWEEP = "videos.sweep_attempts"
PROCESSING = (PROBE, FIRST, LADDER)
_LATER_SECONDS = 3600
_PUTS = 8  # at once: a store far away answers each in tens of milliseconds, and a set has hundreds of objects

Make = Callable[[Path, Plan, Path, Report], Awaitable[EncodedSet]]


class Processing:
    """The three steps. Each may die anywhere and run again: what it leaves is found by the job's id and swept."""

    def __init__(self, services: "Services") -> None:
        self._services = services

    def kinds(self) -> list[JobKind]:
        """The kinds of job of this room."""
        return [
            JobKind(PROBE, self._probe, self._failed),
            JobKind(FIRST, self._first, self._failed),
            JobKind(LADDER, self._ladder, self._failed),
            JobKind(SWEEP, self._sweep_failed, try_later),
        ]

    async def _probe(self, context: JobContext) -> None:
        """Say what the file is, and plan: a first version that is quick to make, or straight to the ladder."""
        transcoder = self._services.transcoder
        with _reasons():
            async with self._original(context.job) as source:
                plan = transcoder.plan(await transcoder.probe(source))
        fault_point("probe:planned")
        async with context.finishing() as work:
            video = Video.filter(id=context.job.subject).using_db(work.connection)
            # A video that is watchable already goes straight to the ladder: it must never get worse.
            watchable = await video.filter(current_set_id__isnull=False).exists()
            quick = not watchable and (plan.copy_refused is None or len(plan.rungs) > 1)
            await video.update(plan=plan.model_dump(mode="json"))
            await work.enqueue(FIRST if quick else LADDER, context.job.payload, subject=context.job.subject)

    async def _first(self, context: JobContext) -> None:
        """Make something watchable: the source itself where browsers play it, else the smallest rung."""
        await self._make(context, await _stored_plan(context.job), self._copy_or_smallest, complete=False)

    async def _copy_or_smallest(self, source: Path, plan: Plan, output: Path, report: Report) -> EncodedSet:
        transcoder = self._services.transcoder
        if plan.copy_refused is None:
            try:
                return await transcoder.copy(source, plan, output, report)
            except MediaRejected as error:
                # Copyable by its headers and not by its packets; decoding it may still work.
                log.info("copy_rejected", reason=error.reason, detail=error.detail)
                _empty(output)
        return await transcoder.encode(source, plan.only_smallest(), output, report)

    async def _ladder(self, context: JobContext) -> None:
        """Make the complete set."""
        await self._make(context, await _stored_plan(context.job), self._services.transcoder.encode, complete=True)

    async def _make(self, context: JobContext, plan: Plan, make: Make, *, complete: bool) -> None:
        job = context.job
        prefix = StorageKey(f"{VIDEO_ROOT}/{job.subject}/{job.id}-{job.fence}")
        await self._sweep(job.id, str(job.subject), keep=prefix)

        async def report(fraction: float) -> None:
            await context.report(fraction * 0.95)

        with _reasons():
            async with self._original(job) as source, self._workspace(job) as folder:
                encoded = await make(source, plan, folder, report)
                fault_point(f"{job.kind}:encoded")
                stored = await self._store(encoded, folder, prefix)
                fault_point(f"{job.kind}:stored")
        verdict = await review(self._services, await Video.get(id=job.subject))
        async with context.finishing() as work:
            await switch_to(work, str(job.subject), stored, complete=complete, verdict=verdict)
            if not complete:
                await work.enqueue(LADDER, job.payload, subject=job.subject)

    async def _store(self, encoded: EncodedSet, folder: Path, prefix: StorageKey) -> StoredSet:
        storage = self._services.storage

        async def put(name: str) -> int:
            key = prefix.child(*name.split("/"))
            return (await storage.put_file(key, folder / name, content_type=content_type_of(name))).size

        sizes = await in_flight(_PUTS, put, encoded.files())
        return StoredSet(encoded, storage.name, prefix, sum(sizes))

    @asynccontextmanager
    async def _original(self, job: Job) -> AsyncIterator[Path]:
        upload = await Upload.get_or_none(id=job.payload["upload"], state=UploadState.ACCEPTED)
        if upload is None:
            raise JobFailed("deleted", "the original is gone")
        async with self._services.storages[upload.storage].local_copy(StorageKey(upload.key)) as path:
            yield path

    @asynccontextmanager
    async def _workspace(self, job: Job) -> AsyncIterator[Path]:
        work = self._services.settings.data_dir.resolve() / "work"
        for leftover in work.glob(f"{job.id}-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        folder = work / f"{job.id}-{job.fence}"
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    async def _sweep_failed(self, context: JobContext) -> None:
        await self._sweep(context.job.payload["job"], str(context.job.subject), keep=None)

    async def _sweep(self, job_id: str, video_id: str, *, keep: StorageKey | None) -> None:
        """Remove what attempts of a job stored and nothing refers to."""
        used = set(await RenditionSet.filter(video_id=video_id).values_list("prefix", flat=True)) | {keep}
        # In every storage: an earlier attempt may have been made before another one took what is new.
        for storage in self._services.storages.values():
            stale = [
                found.key
                async for found in storage.list(StorageKey(f"{VIDEO_ROOT}/{video_id}"))
                if (prefix := "/".join(found.key.split("/")[:3])) not in used and f"/{job_id}-" in prefix
            ]
            if stale:
                log.info("attempts_swept", storage=storage.name, objects=len(stale))
                await storage.delete(stale)

    async def _failed(self, job: Job, work: Work) -> None:
        await work.enqueue(ANNOUNCE, {"hook": "processing_failed", "job": job.id}, subject=job.subject)
        await work.enqueue(SWEEP, {"job": job.id}, subject=job.subject)


async def try_later(job: Job, work: Work) -> None:
    """Go on as long as it takes: a storage that is away must not keep what nobody needs."""
    await work.enqueue(job.kind, job.payload, subject=job.subject, delay=_LATER_SECONDS)


def _empty(folder: Path) -> None:
    for leftover in folder.iterdir():
        leftover.unlink()


@contextmanager
def _reasons() -> Iterator[None]:
    """Turn what a transcoder or storage says of the file into the job's own end."""
    try:
        yield
    except MediaRejected as error:
        raise JobFailed(error.reason, error.detail) from error
    except StorageFull as error:
        raise JobFailed(Reason.STORAGE_FULL, str(error)) from error


async def _stored_plan(job: Job) -> Plan:
    video = await Video.get_or_none(id=job.subject)
    if video is None or video.plan is None or video.deleted_at is not None:
        raise JobFailed("deleted", "the video is gone")
    return Plan.model_validate(video.plan)
