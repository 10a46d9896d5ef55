"""The JSON API of what was done to a video: for its owner, and in full for administrators."""

from aiohttp import web

from core.http.context import json_response, signed_in
from core.http.policies import SIGNED_IN
from core.http.routing import Operation, Route
from core.http.videos import VIDEO_ID
from core.models import Role, User, Video
from core.problems import not_found
from core.videos.access import owned
from core.videos.logged import ProcessingLog
from core.videos.processing_log import processing_log


async def _log(request: web.Request) -> web.Response:
    reader = signed_in(request)
    return json_response(await processing_log(await _visible(reader, request.match_info["video_id"]), reader))


async def _visible(reader: User, video_id: str) -> Video:
    """Return the reader's own video, or anybody's to an administrator; raise the 404 that a missing one gives."""
    if not reader.role.includes(Role.ADMIN):
        return await owned(reader, video_id)
    video = await Video.get_or_none(id=video_id, deleted_at__isnull=True)
    if video is None:
        raise not_found()
    return video


_LOG = Operation(
    "Say what was done to your video: why, how long, at what cost; administrators also read where, and raw errors",
    "Videos",
    result=ProcessingLog,
    errors=(404,),
)


def processing_routes() -> list[Route]:
    """The log of one video."""
    path = f"/api/v1/videos/{VIDEO_ID}/processing"
    return [Route("GET", path, _log, SIGNED_IN, "core.video_processing", _LOG)]
