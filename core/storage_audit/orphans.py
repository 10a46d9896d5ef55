"""Objects that belong to no row: left by what died between its last byte and its transaction."""

from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import dataclass, field

from core.models import Job, JobState, RenditionSet, StorageCopy, Upload
from core.storage import Storage, StorageKey, StoredObject
from core.storage_audit.discrepancy import Discrepancy, Kind, Tally
from core.videos.access import ORIGINAL_ROOT, VIDEO_ROOT
from core.videos.runs import PROCESSING, SWEEP, Run

_BATCH = 1000
_UNFINISHED = (JobState.READY, JobState.RUNNING)


@dataclass(slots=True)
class _Place:
    """Objects with one owner: an original, or what lies below the prefix of a set or of an attempt at one."""

    prefix: str
    objects: list[StoredObject] = field(default_factory=list)

    @property
    def size(self) -> int:
        return sum(each.size for each in self.objects)


async def orphans(storage: Storage, tally: Tally) -> AsyncIterator[Discrepancy]:
    """Yield what nobody owns, place by place. The objects are listed first and the rows read after, never all at once.

    So whatever appears meanwhile is not seen, and whatever was seen had its row, job or copy before its first byte.
    """
    for root in (ORIGINAL_ROOT, VIDEO_ROOT):
        async for places in _batches(storage.list(StorageKey(root)), tally):
            for place in await _unowned(storage.name, places):
                if keys := await _still_there(storage, place):
                    yield _orphan(storage.name, place, keys)


def _orphan(storage: str, place: _Place, keys: tuple[StorageKey, ...]) -> Discrepancy:
    detail = f"{len(keys)} object{'s' if len(keys) > 1 else ''} that no row refers to"
    return Discrepancy(Kind.ORPHANS, storage, place.prefix, detail, "Delete them.", place.size, keys=keys)


async def _batches(found: AsyncIterator[StoredObject], tally: Tally) -> AsyncIterator[list[_Place]]:
    places: list[_Place] = []
    count = 0
    async for each in found:
        prefix = "/".join(each.key.split("/")[:3])
        if not places or places[-1].prefix != prefix:
            places.append(_Place(prefix))
        places[-1].objects.append(each)
        tally.objects += 1
        tally.size += each.size
        count += 1
        if count == _BATCH:
            yield places
            places, count = [], 0
    if places:
        yield places


async def _unowned(storage: str, places: Iterable[_Place]) -> list[_Place]:
    left = list(places)
    # Twice, because a place changes hands between two queries when a job ends or a copy becomes the asset's home.
    for _ in range(2):
        if left:
            owned = await _owned(storage, {place.prefix for place in left})
            left = [place for place in left if place.prefix not in owned]
    return left


async def _owned(storage: str, prefixes: Collection[str]) -> set[str]:
    sets = await RenditionSet.filter(storage=storage, prefix__in=prefixes).values_list("prefix", flat=True)
    uploads = await Upload.filter(storage=storage, key__in=prefixes).values_list("key", flat=True)
    copies = await StorageCopy.filter(storage=storage, prefix__in=prefixes).values_list("prefix", flat=True)
    return {*map(str, (*sets, *uploads, *copies)), *await worked_on(prefixes)}


async def worked_on(prefixes: Iterable[str]) -> set[str]:
    """Return the places of runs with a job that has not ended, or that are about to be swept."""
    places = {prefix.rpartition("/")[2]: prefix for prefix in prefixes if prefix.startswith(f"{VIDEO_ROOT}/")}
    videos = {prefix.split("/")[1] for prefix in places.values()}
    unfinished = Job.filter(subject__in=videos, kind__in=[*PROCESSING, SWEEP], state__in=_UNFINISHED)
    runs = {Run.of(job).id for job in await unfinished} if places else set[str]()
    return {prefix for run, prefix in places.items() if run in runs}


async def _still_there(storage: Storage, place: _Place) -> tuple[StorageKey, ...]:
    seen = {each.key for each in place.objects}
    if seen == {place.prefix}:
        return tuple(seen) if await storage.stat(StorageKey(place.prefix)) else ()
    below = [found.key async for found in storage.list(StorageKey(place.prefix)) if found.key in seen]
    return tuple(below)
