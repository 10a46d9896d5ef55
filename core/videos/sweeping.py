"""Removes what jobs of a run have stored and no row names: attempts that died, and workers that woke up too late."""

from typing import TYPE_CHECKING

import structlog

from core.models import Job, JobState, Rendition, RenditionSet, StorageCopy
from core.storage import Storage, StorageKey
from core.videos.access import VIDEO_ROOT
from core.videos.runs import PROCESSING, Run

if TYPE_CHECKING:
    from core.services import Services

log = structlog.get_logger()


async def sweep_run(services: "Services", video_id: str, run: str) -> None:
    """Remove the objects of a run that nothing refers to; a run with jobs that have not ended is left alone."""
    prefix = StorageKey(f"{VIDEO_ROOT}/{video_id}/{run}")
    if await _is_worked_on(video_id, run):
        return
    # In every storage: the jobs of one run may have stored in several, when another became the primary meanwhile.
    for storage in services.storages.values():
        found = [each.key async for each in storage.list(prefix)]
        named = await named_keys(storage, prefix) if found else set()
        stale = [key for key in found if named is not None and key not in named]
        if stale:
            log.info("run_swept", run=run, storage=storage.name, objects=len(stale))
            await storage.delete(stale)


async def _is_worked_on(video_id: str, run: str) -> bool:
    unfinished = Job.filter(subject=video_id, kind__in=PROCESSING, state__in=[JobState.READY, JobState.RUNNING])
    return any(Run.of(job).id == run for job in await unfinished)


async def named_keys(storage: Storage, prefix: StorageKey) -> set[StorageKey] | None:
    """Return the keys below the prefix of a run that rows name, None where a move of storages has the say."""
    if await StorageCopy.filter(storage=storage.name, prefix=prefix).exists():
        return None
    row = await RenditionSet.get_or_none(storage=storage.name, prefix=prefix)
    if row is None:
        return set()
    return {row.key(name) for name in files_of(row, await Rendition.filter(rendition_set_id=row.id))}


def files_of(row: RenditionSet, renditions: list[Rendition]) -> dict[str, int | None]:
    """Return the names of all objects of a set, relative to its prefix, and their sizes where they were noted."""
    names: dict[str, int | None] = dict.fromkeys([row.poster] if row.poster else [])
    names |= dict.fromkeys(row.posters)
    names |= dict.fromkeys(sheet["name"] for sheet in (row.storyboard or {}).get("sheets", ()))
    for rendition in renditions:
        names[rendition.init] = None
        names |= {name: size for name, _, size in rendition.segments}
    return names
