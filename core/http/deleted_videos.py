"""The JSON API of what was deleted and can still be restored."""

from datetime import datetime

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field
from tortoise.expressions import Q

from core.http.bodies import read_query
from core.http.context import json_response, services_of, signed_in
from core.http.cursors import decode_cursor, encode_cursor
from core.http.policies import SIGNED_IN
from core.http.routing import Operation, Route
from core.models import Video
from core.videos.deletion import deleted_by

_LIST = "core.deleted_videos"


class DeletedQuery(BaseModel):
    """Which page."""

    model_config = ConfigDict(extra="forbid")

    cursor: str | None = Field(None, max_length=400, description="`next_cursor` of the page before.")
    limit: int = Field(24, ge=1, le=100)


class DeletedVideoView(BaseModel):
    """A video of yours that can be restored until `erased_at`."""

    id: str
    title: str
    deleted_at: datetime
    erased_at: datetime


class DeletedVideoList(BaseModel):
    """A page of deleted videos, the last deleted first; `next_cursor` is null on the last one."""

    items: list[DeletedVideoView]
    next_cursor: str | None


def _view(video: Video) -> DeletedVideoView:
    row = {"id": video.id, "title": video.title, "deleted_at": video.deleted_at, "erased_at": video.undo_until}
    return DeletedVideoView.model_validate(row)


async def _deleted(request: web.Request) -> web.Response:
    query, signer = read_query(request, DeletedQuery), services_of(request).signer
    rows = deleted_by(signed_in(request))
    if query.cursor is not None:
        moment, video_id = decode_cursor(signer, _LIST, query.cursor)
        before = datetime.fromisoformat(str(moment))
        rows = rows.filter(Q(deleted_at__lt=before) | Q(deleted_at=before, id__lt=video_id))
    found = await rows.limit(query.limit + 1)
    items = [_view(video) for video in found[: query.limit]]
    following = None
    if len(found) > query.limit:
        following = encode_cursor(signer, _LIST, [items[-1].deleted_at.isoformat(), items[-1].id])
    return json_response(DeletedVideoList(items=items, next_cursor=following))


_DELETED = Operation(
    "List your deleted videos that can be restored", "Videos", query=DeletedQuery, result=DeletedVideoList
)


def deleted_video_routes() -> list[Route]:
    """The list."""
    return [Route("GET", "/api/v1/videos/deleted", _deleted, SIGNED_IN, _LIST, _DELETED)]
