"""A plugin that remembers what it is told of videos, and judges uploads and videos as a test wants."""

from collections.abc import Iterable

from aiohttp import web

from core.api import (
    ANYONE,
    VIDEO_ID,
    KeyQuery,
    Refusal,
    Route,
    Verdict,
    hookimpl,
    read_query,
    viewer_of,
    watchable,
)
from core.models import Job, Upload, User, Video


class Watch:
    """What one test sees and decides."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.titles: list[str] = []
        self.verdict: Verdict | Exception | None = None
        self.refusal: Refusal | Exception | None = None


watch = Watch()


@hookimpl
def routes() -> Iterable[Route]:
    # The page of a video, as the catalog has it.
    return [Route("GET", f"/watch/{VIDEO_ID}", _page, ANYONE, "catalog.watch")]


async def _page(request: web.Request) -> web.Response:
    key = read_query(request, KeyQuery).key
    video = await watchable(viewer_of(request), request.match_info["video_id"], key)
    return web.Response(text=video.title)


@hookimpl
async def accept_upload(user: User, upload: Upload) -> Refusal | None:
    if isinstance(watch.refusal, Exception):
        raise watch.refusal
    return watch.refusal


@hookimpl
async def review_video(video: Video) -> Verdict | None:
    watch.titles.append(video.title)
    if isinstance(watch.verdict, Exception):
        raise watch.verdict
    return watch.verdict


@hookimpl
async def video_uploaded(video: Video) -> None:
    watch.heard.append("uploaded")


@hookimpl
async def video_playable(video: Video) -> None:
    watch.heard.append("playable")


@hookimpl
async def video_processed(video: Video) -> None:
    watch.heard.append("processed")


@hookimpl
async def processing_failed(video: Video, job: Job) -> None:
    watch.heard.append(f"failed: {job.error_code}")


@hookimpl
async def video_published(video: Video) -> None:
    watch.heard.append("published")


@hookimpl
async def video_deleted(video: Video) -> None:
    watch.heard.append("deleted")
