"""A creator's own videos, newest first, a page at a time."""

from dataclasses import dataclass
from datetime import datetime

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from core.api import Services, Status, Step, decode_cursor, encode_cursor, media_links, statuses_of, watch_path
from core.models import User, Video
from plugins.studio.words import about_left

PAGE = 24
_LIST = "studio.videos"


@dataclass(frozen=True, slots=True)
class Entry:
    """One video as its creator sees it; the addresses are None while there is nothing to show or play."""

    video: Video
    status: Status
    poster: str | None
    watch: str | None
    """The path of its page, with the key of an unlisted video."""
    link: str | None
    """The same as an absolute address, to give to others."""

    @property
    def duration(self) -> float | None:
        """Seconds, once known."""
        return self.video.current_set.duration if self.video.current_set else None

    @property
    def working(self) -> bool:
        """Whether something is done to it now, or will be as soon as there is a worker."""
        states = {step.state for step in self.status.steps}
        return self.status.state != "uploading" and not states & {"failed", "cancelled"} and states != {"done"}

    @property
    def stopped(self) -> bool:
        """Whether its owner, or another file, has put an end to its latest processing."""
        return any(step.state == "cancelled" for step in self.status.steps)

    @property
    def progress(self) -> float:
        """How far the work is; a video that is made anew counts as complete, so there the longest step tells."""
        status = self.status
        return status.steps[-1].progress if self.working and status.progress == 1 else status.progress

    @staticmethod
    def left(step: Step) -> str:
        """Return how long a step will take, in words; nothing where it does not run."""
        return about_left(step.seconds_left) if step.state == "running" else ""

    @property
    def date(self) -> datetime:
        """When others could first see it, else when it was made."""
        return self.video.published_at or self.video.created_at


def entry(services: Services, video: Video, status: Status) -> Entry:
    """Return the entry of a video whose owner and current set are loaded."""
    watch = watch_path(services, video)
    poster = media_links(services, video, video.owner).poster
    return Entry(video, status, poster, watch, services.urls.absolute(watch) if watch else None)


async def own_video(owner: User, video_id: str | None) -> Video | None:
    """Return the video a page speaks of, if its owner still has it."""
    return await _videos_of(owner).get_or_none(id=video_id) if video_id else None


async def page_of(services: Services, owner: User, cursor: str | None) -> tuple[list[Entry], str | None]:
    """Return a page of entries and the cursor of the next one. Raises Problem 422 for a cursor that is not ours."""
    query = _videos_of(owner)
    if cursor is not None:
        created_at, video_id = decode_cursor(services.signer, _LIST, cursor)
        moment = datetime.fromisoformat(str(created_at))
        query = query.filter(Q(created_at__lt=moment) | Q(created_at=moment, id__lt=video_id))
    found = await query.order_by("-created_at", "-id").limit(PAGE + 1).select_related("owner", "current_set")
    videos = found[:PAGE]
    statuses = await statuses_of(videos)
    following = None
    if len(found) > PAGE:
        last = videos[-1]
        following = encode_cursor(services.signer, _LIST, [last.created_at.isoformat(), last.id])
    return [entry(services, video, statuses[video.id]) for video in videos], following


def _videos_of(owner: User) -> QuerySet[Video]:
    return Video.filter(owner_id=owner.id, deleted_at__isnull=True)
