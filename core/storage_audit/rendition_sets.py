"""Rendition sets that are played and lack objects, or have objects that nothing plays."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from core.models import Rendition, RenditionSet, Video
from core.storage import Storage, StorageKey
from core.storage_audit.discrepancy import Discrepancy, Kind, Tally
from core.storage_audit.orphans import worked_on
from core.videos.sweeping import files_of

if TYPE_CHECKING:
    from core.services import Services

_PAGE = 50
_MOST_KEYS = 1000


@dataclass(slots=True)
class _Compared:
    """A set's objects beside what its rows name."""

    missing: list[str]
    wrong: list[str] = field(default_factory=list)
    extra: list[StorageKey] = field(default_factory=list)
    size: int = 0
    extra_size: int = 0


def _played() -> QuerySet[Video]:
    kept = Q(deleted_at__isnull=True) | Q(undo_until__isnull=False)
    return Video.filter(kept, current_set__growing=False).select_related("current_set")


async def differing_sets(services: "Services", storage: str, tally: Tally) -> AsyncIterator[Discrepancy]:
    """Yield what differs in the sets that this storage should hold; not in those that grow or wait for their end."""
    last = ""
    while page := await _played().filter(current_set__storage=storage, id__gt=last).order_by("id").limit(_PAGE):
        for video in page:
            tally.sets += 1
            for found in await _confirmed(services, video):
                yield found
        last = page[-1].id


async def _confirmed(services: "Services", video: Video) -> list[Discrepancy]:
    if not await _differences(services, video):
        return []
    # It may have been replaced, moved or erased between the look at its rows and the look at its objects.
    now = await _played().get_or_none(id=video.id)
    return await _differences(services, now) if now else []


async def _differences(services: "Services", video: Video) -> list[Discrepancy]:
    current = video.current_set
    if current is None:
        return []
    found = await _compare(services.storages[current.storage], current)
    differences = []
    if fault := _fault(current, found):
        remedy = "Process the video again."
        differences.append(
            Discrepancy(Kind.BROKEN_SET, current.storage, current.prefix, fault, remedy, current.size, video.id)
        )
    # What is about to be swept is no difference, and may still be watched.
    if found.extra and not await worked_on([current.prefix]):
        detail = f"{len(found.extra)} objects of the set are named nowhere ({_some(found.extra)})"
        differences.append(
            Discrepancy(
                Kind.EXTRA_OBJECTS,
                current.storage,
                current.prefix,
                detail,
                "Delete them.",
                found.extra_size,
                video.id,
                keys=tuple(found.extra),
            )
        )
    return differences


async def _compare(storage: Storage, current: RenditionSet) -> _Compared:
    expected = files_of(current, await Rendition.filter(rendition_set_id=current.id))
    compared = _Compared([])
    async for found in storage.list(StorageKey(current.prefix)):
        name = found.key.removeprefix(f"{current.prefix}/")
        if name in expected:
            size = expected.pop(name)
            compared.size += found.size
            if not found.size or size not in (None, found.size):
                compared.wrong.append(name)
        elif len(compared.extra) < _MOST_KEYS:
            compared.extra.append(found.key)
            compared.extra_size += found.size
    compared.missing = sorted(expected)
    return compared


def _fault(current: RenditionSet, found: _Compared) -> str | None:
    faults = []
    if found.missing:
        faults.append(f"{len(found.missing)} objects are missing ({_some(found.missing)})")
    if found.wrong:
        faults.append(f"{len(found.wrong)} have another size ({_some(found.wrong)})")
    # Sets of before sizes were counted have none.
    if not faults and current.size and found.size != current.size:
        faults.append(f"its objects have {found.size} bytes together, and {current.size} were stored")
    return " and ".join(faults) or None


def _some(names: Iterable[str]) -> str:
    shown = [name.rpartition("/")[2] for name in names]
    return ", ".join(shown[:3]) + (" …" if len(shown) > 3 else "")
