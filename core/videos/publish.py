"""Let a set be watched, as soon as it can be and when it is complete; and let others see the video if they may."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.hooks import GuardFailed
from core.jobs import Work
from core.models import EncodedPart, Job, Rendition, RenditionSet, Video, Visibility
from core.moderation import Decision, Verdict
from core.transcoding import EncodedSet, Plan
from core.videos.growth import create_set, write_renditions
from core.videos.runs import Run
from core.videos.storyboard import Storyboard
from core.videos.sweeping import files_of

if TYPE_CHECKING:
    from core.services import Services

ANNOUNCE = "hooks.announce"
RETIRE = "videos.retire"
RETIRE_SECONDS = 6 * 3600  # a grant's life: whoever watches the old set may finish


async def review(services: "Services", video: Video) -> Verdict:
    """Return the strictest verdict of the plugins; a plugin that cannot answer holds the video."""
    try:
        opinions = await services.hooks.ask_guards("review_video", video=video)
    except GuardFailed as error:
        return Verdict(Decision.HOLD, f"The review could not be made ({error}).")
    verdicts = [opinion for opinion in opinions if isinstance(opinion, Verdict)]
    return max(verdicts, key=lambda verdict: verdict.decision, default=Verdict(Decision.PUBLISH))


async def show_set(work: Work, video: Video, row: RenditionSet, verdict: Verdict) -> None:
    """Let a growing set be watched where nothing else is yet; the video's row is locked."""
    if video.current_set_id is not None:
        return
    video.current_set_id = row.id
    await video.save(using_db=work.connection, update_fields=["current_set_id"])
    await _announce_playable(work, row)
    await show(work, video, verdict)


async def _announce_playable(work: Work, row: RenditionSet) -> None:
    """Tell plugins of the first rendition of a file, once: a set may be withdrawn, and another one made of the same.

    The job that tells them is the record of it, and commits with what it tells of.
    """
    told = Job.filter(subject=row.video_id, kind=ANNOUNCE).using_db(work.connection)
    facts: dict[str, object] = {"hook": "video_playable", "upload": row.upload_id}
    if not any(job.payload == facts for job in await told):
        await work.enqueue(ANNOUNCE, facts, subject=row.video_id)


@dataclass(frozen=True, slots=True)
class Made:
    """What a run has made, stored below its prefix; `sizes` are those of the files that are no segments."""

    run: Run
    plan: Plan
    encoded: EncodedSet
    sizes: Mapping[str, int]


async def complete_set(work: Work, video: Video, made: Made, verdict: Verdict) -> bool:
    """Make the set of a run the whole it was planned to be, and the one that is played; the video's row is locked.

    Returns whether objects that could be watched are no part of it any more.
    """
    connection, encoded, sizes = work.connection, made.encoded, made.sizes
    row = await RenditionSet.filter(prefix=made.run.prefix).using_db(connection).get_or_none()
    row = row or await create_set(connection, made.run, made.plan, made.run.storage)
    old = Rendition.filter(rendition_set_id=row.id).using_db(connection)
    watched = set(files_of(row, await old))
    await old.delete()
    await write_renditions(connection, row, encoded.renditions, ended=True)
    row.complete, row.growing, row.duration = True, False, encoded.duration
    row.posters = list(encoded.posters)
    # That of a copy which was withdrawn goes with it.
    row.poster = row.poster if row.poster in sizes else next(iter(row.posters), None)
    board = Storyboard.of(made.plan, encoded)
    row.storyboard = board.model_dump(mode="json") if board else None
    row.size = sum(sizes[name] for name in encoded.files() if name in sizes)
    row.size += sum(segment.size for rendition in encoded.renditions for segment in rendition.segments)
    await row.save(using_db=connection)
    await EncodedPart.filter(video_id=video.id).using_db(connection).delete()
    await show_set(work, video, row, verdict)
    await _replace(work, video, row)
    await work.enqueue(ANNOUNCE, {"hook": "video_processed"}, subject=video.id)
    await show(work, video, verdict)
    return not watched <= set(encoded.files())


async def _replace(work: Work, video: Video, row: RenditionSet) -> None:
    """Play this set from now on; who watches another one may finish."""
    previous, video.current_set_id = video.current_set_id, row.id
    await video.save(using_db=work.connection, update_fields=["current_set_id"])
    if previous not in (None, row.id):
        await work.enqueue(RETIRE, {"set": previous}, subject=video.id, delay=RETIRE_SECONDS)


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
