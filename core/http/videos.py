"""The JSON API of one video: read, edit, delete, restore, try again; its status, once or as a stream of events."""

import asyncio
from contextlib import suppress

from aiohttp import web
from aiohttp_sse import sse_response
from pydantic import BaseModel, ConfigDict, Field

from core.http.api_models import Empty, OwnerView, VideoView
from core.http.bodies import read_json, read_query
from core.http.context import json_response, see_other, services_of, signed_in, viewer_of
from core.http.deleted_videos import deleted_video_routes
from core.http.policies import ANYONE, SIGNED_IN
from core.http.routing import Operation, Route
from core.http.sessions import load_session
from core.models import Video
from core.problems import Problem, not_found
from core.storage import StorageKey
from core.videos.access import KeyQuery, grant_for_original, owned, watchable
from core.videos.deletion import delete_video, erase_video, restore_video
from core.videos.keeping import VideoEdit, cancel_processing, edit_video, renew_link, retry_video
from core.videos.playback import media_links, require_storage, watch_path
from core.videos.replacing import keep_version
from core.videos.status import Status, status_of
from core.videos.upload import original_of

VIDEO_ID = "{video_id:[0-9a-z]{16}}"
_ONE = f"/api/v1/videos/{VIDEO_ID}"
_LOOK_SECONDS = 1.0


class DeleteQuery(BaseModel):
    """Whether it may be restored for a while."""

    model_config = ConfigDict(extra="forbid")

    for_good: bool = Field(False, description="Erase it at once, also when it was deleted before.")


def video_view(request: web.Request, video: Video) -> VideoView:
    """Return what its viewer may know of a watchable video; owner and current set are loaded."""
    services = services_of(request)
    links = media_links(services, video, viewer_of(request))
    return VideoView(
        id=video.id,
        title=video.title,
        description=video.description,
        visibility=video.visibility,
        watch_url=watch_path(services, video),
        hls_url=links.master,
        poster_url=links.poster,
        duration=video.current_set.duration if video.current_set else None,
        created_at=video.created_at,
        published_at=video.published_at,
        owner=OwnerView(handle=video.owner.handle, display_name=video.owner.display_name),
    )


async def _own(request: web.Request) -> Video:
    return await owned(signed_in(request), request.match_info["video_id"])


async def _watchable(request: web.Request) -> Video:
    key = read_query(request, KeyQuery).key
    return await watchable(viewer_of(request), request.match_info["video_id"], key)


async def _show(request: web.Request) -> web.Response:
    video = await _watchable(request)
    require_storage(services_of(request), video)
    return json_response(video_view(request, video))


async def _edit(request: web.Request) -> web.Response:
    edit = await read_json(request, VideoEdit)
    return json_response(video_view(request, await edit_video(services_of(request), await _own(request), edit)))


async def _delete(request: web.Request) -> web.Response:
    services = services_of(request)
    if read_query(request, DeleteQuery).for_good:
        await erase_video(services, signed_in(request), request.match_info["video_id"])
    else:
        await delete_video(services, await _own(request))
    return web.Response(status=204)


async def _restore(request: web.Request) -> web.Response:
    await read_json(request, Empty)
    video = await restore_video(services_of(request), signed_in(request), request.match_info["video_id"])
    return json_response(video_view(request, video))


async def _renew_link(request: web.Request) -> web.Response:
    await read_json(request, Empty)
    video = await renew_link(services_of(request), await _own(request))
    return json_response(video_view(request, video))


async def _retry(request: web.Request) -> web.Response:
    await read_json(request, Empty)
    video = await _own(request)
    await retry_video(services_of(request), video)
    return json_response(await status_of(video), status=202)


async def _cancel(request: web.Request) -> web.Response:
    await read_json(request, Empty)
    video = await _own(request)
    await cancel_processing(services_of(request), video)
    return json_response(await status_of(await _own(request)))


async def _keep(request: web.Request) -> web.Response:
    await read_json(request, Empty)
    await keep_version(services_of(request), await _own(request))
    return json_response(await status_of(await _own(request)))


async def _original(request: web.Request) -> web.Response:
    """Lead the owner to the storage, which knows ranges; a download that was cut goes on there while the link lives."""
    video = await _own(request)
    original = await original_of(video)
    if original is None:
        raise not_found()
    storage, grant = services_of(request).storages[original.storage], grant_for_original(video, original)
    url = storage.url(StorageKey(original.key), grant, file_name=original.file_name)
    return see_other(url)


async def _status(request: web.Request) -> web.Response:
    return json_response(await status_of(await _watchable(request)))


async def _events(request: web.Request) -> web.StreamResponse:
    """Send the status at once and at each change, until the viewer leaves, may no longer watch, or the site stops."""
    last: Status | None = None
    stopping = services_of(request).stopping
    status = await status_of(await _watchable(request))
    async with sse_response(request) as stream:
        while stream.is_connected() and not stopping.is_set():
            if status != last:
                await stream.send(status.model_dump_json(), event="status")
                last = status
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), _LOOK_SECONDS)
            await load_session(request)
            try:
                status = await status_of(await _watchable(request))
            except Problem:
                break
    return stream


_READ = Operation("Read a video", "Videos", query=KeyQuery, result=VideoView, errors=(404,))
_EDIT = Operation("Change your video", "Videos", body=VideoEdit, result=VideoView, errors=(404,))
_DELETE = Operation("Delete your video", "Videos", status=204, query=DeleteQuery, errors=(404,))
_RESTORE = Operation(
    "Take the deletion of your video back; `GET /api/v1/videos/deleted` says until when",
    "Videos",
    body=Empty,
    result=VideoView,
    errors=(404,),
)
_LINK = Operation(
    "Give your unlisted video another link; the old one is dead at once",
    "Videos",
    body=Empty,
    result=VideoView,
    errors=(404,),
)
_RETRY = Operation("Process your video again", "Videos", status=202, body=Empty, result=Status, errors=(404, 409))
_CANCEL = Operation(
    "Stop processing your video; it can be processed again at any time",
    "Videos",
    body=Empty,
    result=Status,
    errors=(404,),
)
_KEEP = Operation(
    "Keep what plays of your video: stop and forget the complete file that was to take its place",
    "Videos",
    body=Empty,
    result=Status,
    errors=(404, 409),
)
_ORIGINAL = Operation(
    "Download the file your video is made from; `Location` takes ranges", "Videos", status=303, errors=(404,)
)
_STATUS = Operation("Say where a video stands", "Videos", query=KeyQuery, result=Status, errors=(404,))
_EVENTS = Operation(
    "Follow its status as server-sent events named `status`",
    "Videos",
    query=KeyQuery,
    result=Status,
    errors=(404,),
    media_type="text/event-stream",
)


def video_routes() -> list[Route]:
    """The routes of one video, and of those that were deleted."""
    return [
        *deleted_video_routes(),
        Route("GET", _ONE, _show, ANYONE, "core.video", _READ),
        Route("PATCH", _ONE, _edit, SIGNED_IN, "core.video_edit", _EDIT),
        Route("DELETE", _ONE, _delete, SIGNED_IN, "core.video_delete", _DELETE),
        Route("POST", f"{_ONE}/restore", _restore, SIGNED_IN, "core.video_restore", _RESTORE),
        Route("POST", f"{_ONE}/link", _renew_link, SIGNED_IN, "core.video_link", _LINK),
        Route("POST", f"{_ONE}/retry", _retry, SIGNED_IN, "core.video_retry", _RETRY),
        Route("POST", f"{_ONE}/cancel", _cancel, SIGNED_IN, "core.video_cancel", _CANCEL),
        Route("POST", f"{_ONE}/keep", _keep, SIGNED_IN, "core.video_keep", _KEEP),
        Route("GET", f"{_ONE}/original", _original, SIGNED_IN, "core.video_original", _ORIGINAL),
        Route("GET", f"{_ONE}/status", _status, ANYONE, "core.video_status", _STATUS),
        Route("GET", f"{_ONE}/events", _events, ANYONE, "core.video_events", _EVENTS, streams=True),
    ]
