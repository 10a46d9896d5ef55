"""What an audit does about its findings; nothing that cannot be made again is ever deleted."""

from typing import TYPE_CHECKING

from core.models import Job, JobState, Video
from core.problems import Problem
from core.storage import StorageError
from core.storage_audit.discrepancy import Discrepancy, Kind
from core.storage_audit.originals import is_whole
from core.videos.keeping import retry_video
from core.videos.runs import PROCESSING
from core.videos.upload import original_of

if TYPE_CHECKING:
    from core.services import Services


async def repair(services: "Services", found: Discrepancy) -> str | None:
    """Mend what was found and say how, or return None where that is for people to do.

    Raises StorageError for orphans beside an empty database: one of the two is the wrong one.
    """
    if found.kind is Kind.BROKEN_SET:
        return await _process_again(services, found)
    if not found.keys:
        return None
    if not await Job.exists():
        raise StorageError(
            f"this database has never done anything, and {found.storage} holds objects ({found.where}): they are "
            "another site's, or the database was not restored yet. Nothing was deleted."
        )
    await services.storages[found.storage].delete(found.keys)
    return f"deleted {len(found.keys)}"


async def _process_again(services: "Services", found: Discrepancy) -> str | None:
    """Make a new set; the broken one plays what it can until that is there."""
    video = await Video.get_or_none(id=found.video_id, deleted_at__isnull=True)
    original = await original_of(video) if video else None
    if video is None or original is None or not await is_whole(services, original):
        return None
    under_way = Job.filter(subject=video.id, kind__in=PROCESSING, state__in=[JobState.READY, JobState.RUNNING])
    if await under_way.exists():
        return "it is being processed already"
    try:
        await retry_video(services, video)
    except Problem:
        return None  # deleted at this very moment
    return "it is processed again"
