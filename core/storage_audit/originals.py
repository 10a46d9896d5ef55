"""Accepted originals whose object is missing or is not what was accepted."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from core.models import Upload, UploadState
from core.storage import ObjectMissing, Storage, StorageKey, composite_of
from core.storage_audit.discrepancy import Discrepancy, Kind, Tally

if TYPE_CHECKING:
    from core.services import Services

_PAGE = 200
_MISSING = Kind.LOST_ORIGINAL, "the object is missing"
_REMEDY = "Restore the object from a backup, or ask the owner to upload the file again."


def kept_originals() -> QuerySet[Upload]:
    """Return the accepted uploads, but for those of videos that are being erased."""
    kept = Q(video__deleted_at__isnull=True) | Q(video__undo_until__isnull=False)
    return Upload.filter(kept, state=UploadState.ACCEPTED)


async def lost_originals(services: "Services", storage: str, tally: Tally, *, deep: bool) -> AsyncIterator[Discrepancy]:
    """Yield the originals that this storage should hold and does not; `deep` reads them and compares checksums."""
    last = ""
    while page := await kept_originals().filter(storage=storage, id__gt=last).order_by("id").limit(_PAGE):
        for upload in page:
            tally.originals += 1
            tally.unproven += deep and upload.checksum is None
            if found := await _confirmed(services, upload, deep=deep):
                yield found
        last = page[-1].id


async def is_whole(services: "Services", upload: Upload) -> bool:
    """Tell whether the original's object is there in its size."""
    return await _fault(services.storages[upload.storage], upload, deep=False) is None


async def _confirmed(services: "Services", upload: Upload, *, deep: bool) -> Discrepancy | None:
    if await _fault(services.storages[upload.storage], upload, deep=deep) is None:
        return None
    # It may have been moved or erased between the look at its row and the look at its object.
    now = await kept_originals().get_or_none(id=upload.id)
    fault = await _fault(services.storages[now.storage], now, deep=deep) if now else None
    if now is None or fault is None:
        return None
    kind, detail = fault
    return Discrepancy(kind, now.storage, now.key, detail, _REMEDY, now.size, now.video_id)


async def _fault(storage: Storage, upload: Upload, *, deep: bool) -> tuple[Kind, str] | None:
    key = StorageKey(upload.key)
    found = await storage.stat(key)
    if found is None:
        return _MISSING
    if found.size != upload.size:
        return Kind.DAMAGED_ORIGINAL, f"the object has {found.size} bytes, and {upload.size} were accepted"
    if not deep or upload.checksum is None:
        return None
    try:
        checksum = await composite_of(storage.read(key), upload.part_size)
    except ObjectMissing:
        return _MISSING
    changed = Kind.DAMAGED_ORIGINAL, "the object's bytes are not those that were accepted"
    return None if checksum == upload.checksum else changed
