"""Make a finished rendition set the one that is played, in one transaction, and let the video be seen if it may be."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.hooks import GuardFailed
from core.jobs import JobFailed, Work
from core.models import Rendition, RenditionSet, Video, Visibility
from core.moderation import Decision, Verdict
from core.storage import StorageKey
from core.transcoding import EncodedSet

if TYPE_CHECKING:
    from core.services import Services

ANNOUNCE = "hooks.announce"
RETIRE = "videos.retire"
RETIRE_SECONDS = 6 * 3600  # a grant's life: whoever watches the old set may finish
DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class StoredSet:
    """An encoded set whose objects are all in the storage, below `prefix`; together they have `size` bytes."""

    encoded: EncodedSet
    storage: str
    prefix: StorageKey
    size: int


async def review(services: "Services", video: Video) -> Verdict:
    """Return the strictest verdict of the plugins; a plugin that cannot answer holds the video."""
    try:
        opinions = await services.hooks.ask_guards("review_video", video=video)
    except GuardFailed as error:
        return Verdict(Decision.HOLD, f"The review could not be made ({error}).")
    verdicts = [opinion for opinion in opinions if isinstance(opinion, Verdict)]
    return max(verdicts, key=lambda verdict: verdict.decision, default=Verdict(Decision.PUBLISH))


async def switch_to(work: Work, video_id: str, stored: StoredSet, *, complete: bool, verdict: Verdict) -> None:
    """Point the video at a new set. Raises JobFailed when the video is gone."""
    connection = work.connection
    video = await Video.filter(id=video_id).using_db(connection).select_for_update().get_or_none()
    if video is None or video.deleted_at is not None:
        raise JobFailed(DELETED, "the video was deleted while it was processed")
    new = await RenditionSet.create(
        using_db=connection,
        video_id=video_id,
        storage=stored.storage,
        prefix=stored.prefix,
        complete=complete,
        duration=stored.encoded.duration,
        poster=stored.encoded.poster,
        size=stored.size,
    )
    await Rendition.bulk_create(_rows(new, stored.encoded), using_db=connection)
    previous, video.current_set_id = video.current_set_id, new.id
    if previous is not None:
        await work.enqueue(RETIRE, {"set": previous}, subject=video_id, delay=RETIRE_SECONDS)
    await video.save(using_db=connection, update_fields=["current_set_id"])
    await work.enqueue(ANNOUNCE, {"hook": "video_processed" if complete else "video_playable"}, subject=video_id)
    await show(work, video, verdict)


def _rows(new: RenditionSet, encoded: EncodedSet) -> list[Rendition]:
    return [
        Rendition(
            rendition_set=new,
            segments=[[segment.name, segment.duration, segment.size] for segment in rendition.segments],
            **rendition.model_dump(exclude={"segments"}),
        )
        for rendition in encoded.renditions
    ]


async def show(work: Work, video: Video, verdict: Verdict) -> None:
    """Let others see a playable video that is not private, once; hold it when the verdict says so.

    What is held stays held until somebody releases it, whatever a later review says.
    """
    if video.current_set_id is None or video.visibility is Visibility.PRIVATE:
        return
    if video.published_at is not None or video.hidden_at is not None:
        return
    now = datetime.now(UTC)
    if verdict.decision is not Decision.PUBLISH:
        video.hidden_at, video.hidden_reason = (
            now,
            (verdict.reason or "A moderator has to look at this video first.")[:500],
        )
        await video.save(using_db=work.connection, update_fields=["hidden_at", "hidden_reason"])
        return
    video.published_at = now
    await video.save(using_db=work.connection, update_fields=["published_at"])
    await work.enqueue(ANNOUNCE, {"hook": "video_published"}, subject=video.id)
