"""The public lists as JSON."""

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from core.api import (
    VideoView,
    json_response,
    read_query,
    services_of,
    url_of,
    video_view,
)
from plugins.catalog.listing import channel_owner, count_of, newest


class VideosQuery(BaseModel):
    """Which page of which list."""

    model_config = ConfigDict(extra="forbid")

    channel: str | None = Field(None, pattern=r"^[a-z0-9_]{3,30}$", description="Only videos of this handle.")
    cursor: str | None = Field(None, max_length=400, description="`next_cursor` of the page before.")
    limit: int = Field(24, ge=1, le=100)


class VideoList(BaseModel):
    """A page of videos; `next_cursor` is null on the last one."""

    items: list[VideoView]
    next_cursor: str | None


class ChannelView(BaseModel):
    """A creator. `videos` counts those that anybody may find; `url` is relative to the site."""

    handle: str
    display_name: str
    videos: int
    url: str


async def videos(request: web.Request) -> web.Response:
    """Answer with public videos, newest first."""
    query = read_query(request, VideosQuery)
    owner = await channel_owner(query.channel) if query.channel else None
    page = await newest(services_of(request).signer, size=query.limit, cursor=query.cursor, owner=owner)
    return json_response(
        VideoList(items=[video_view(request, video) for video in page.videos], next_cursor=page.following)
    )


async def channel(request: web.Request) -> web.Response:
    """Answer with one creator."""
    owner = await channel_owner(request.match_info["handle"])
    return json_response(
        ChannelView(
            handle=owner.handle,
            display_name=owner.display_name,
            videos=await count_of(owner),
            url=url_of(request, "catalog.channel", handle=owner.handle),
        )
    )
