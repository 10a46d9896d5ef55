"""The pages of visitors."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from core.api import (
    MediaLinks,
    media_links,
    read_query,
    render,
    require_storage,
    services_of,
    status_of,
    url_of,
    viewer_of,
    watch_path,
    watchable,
)
from core.models import Video
from plugins.catalog.listing import Page, channel_owner, count_of, newest, up_next
from plugins.catalog.settings import CatalogSettings


class PageQuery(BaseModel):
    """What our links carry. Others add parameters of their own to links (`?utm_source=`); those do no harm."""

    model_config = ConfigDict(extra="ignore")

    cursor: str | None = Field(None, max_length=400)
    key: str | None = Field(None, max_length=64)


@dataclass(frozen=True, slots=True)
class Card:
    """A video in a list, with the addresses its markup needs."""

    video: Video
    links: MediaLinks
    href: str
    channel: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A page of cards, and the addresses of the page after it and of the first one, where those are others."""

    cards: Sequence[Card]
    older: str | None
    newest: str | None


async def home(request: web.Request) -> web.Response:
    """Show the newest public videos."""
    query = read_query(request, PageQuery)
    page = await newest(services_of(request).signer, size=_settings(request).page_size, cursor=query.cursor)
    grid = _grid(request, page, query.cursor, url_of(request, "catalog.home"))
    return await render(request, "catalog/home.html", grid=grid)


async def channel(request: web.Request) -> web.Response:
    """Show a creator's public videos."""
    query = read_query(request, PageQuery)
    owner = await channel_owner(request.match_info["handle"])
    size = _settings(request).page_size
    page = await newest(services_of(request).signer, size=size, cursor=query.cursor, owner=owner)
    here = url_of(request, "catalog.channel", handle=owner.handle)
    return await render(
        request,
        "catalog/channel.html",
        owner=owner,
        count=await count_of(owner),
        is_own=viewer_of(request) == owner,
        grid=_grid(request, page, query.cursor, here),
    )


async def watch(request: web.Request) -> web.Response:
    """Show one video to whoever may watch it; its owner also sees what is being done to it."""
    key = read_query(request, PageQuery).key
    services, viewer = services_of(request), viewer_of(request)
    video = await watchable(viewer, request.match_info["video_id"], key)
    require_storage(services, video)
    processing = await status_of(video)
    return await render(
        request,
        "catalog/watch.html",
        video=video,
        links=media_links(services, video, viewer),
        processing=processing,
        is_own=viewer is not None and viewer.id == video.owner_id,
        share_url=services.urls.absolute(watch_path(services, video) or request.path),
        live=_live(request, video, key) if processing.state in ("uploading", "processing", "playable") else None,
        up_next=_cards(request, await up_next(video, _settings(request).up_next)),
    )


def _settings(request: web.Request) -> CatalogSettings:
    return services_of(request).settings.plugin("catalog", CatalogSettings)


def _grid(request: web.Request, page: Page, cursor: str | None, here: str) -> Grid:
    older = f"{here}?cursor={page.following}" if page.following else None
    return Grid(_cards(request, page.videos), older, here if cursor else None)


def _cards(request: web.Request, videos: Sequence[Video]) -> list[Card]:
    services, viewer = services_of(request), viewer_of(request)
    return [
        Card(
            video,
            media_links(services, video, viewer),
            url_of(request, "catalog.watch", video_id=video.id),
            url_of(request, "catalog.channel", handle=video.owner.handle),
        )
        for video in videos
    ]


def _live(request: web.Request, video: Video, key: str | None) -> dict[str, str]:
    """Return where scripts ask how far the processing is, and for the links of a better set."""
    routes = {"status": "core.video_status", "events": "core.video_events", "video": "core.video"}
    return {name: url_of(request, route, video_id=video.id, key=key) for name, route in routes.items()}
