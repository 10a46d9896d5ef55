"""Where visitors find and watch videos: the home page, the watch page with the player, and channels."""

from collections.abc import Iterable

from aiohttp import web

from core.api import ANYONE, VIDEO_ID, Fragment, NavItem, Operation, Route, hookimpl, render_fragment, viewer_of
from plugins.catalog import api, views
from plugins.catalog.settings import CatalogSettings

HANDLE = "{handle:[a-z0-9_]{3,30}}"


@hookimpl
def settings_model() -> type[CatalogSettings]:
    return CatalogSettings


@hookimpl
def nav_items() -> Iterable[NavItem]:
    return [NavItem("Home", "home", "catalog.home", tab=True)]


@hookimpl
def routes() -> Iterable[Route]:
    newest = Operation("List public videos, newest first", "Videos", query=api.VideosQuery, result=api.VideoList)
    channel = Operation("Read a channel", "Channels", result=api.ChannelView, errors=(404,))
    return [
        Route("GET", "/", views.home, ANYONE, "catalog.home"),
        Route("GET", f"/watch/{VIDEO_ID}", views.watch, ANYONE, "catalog.watch"),
        Route("GET", f"/@{HANDLE}", views.channel, ANYONE, "catalog.channel"),
        Route("GET", "/api/v1/videos", api.videos, ANYONE, "catalog.api_videos", newest),
        Route("GET", f"/api/v1/channels/{HANDLE}", api.channel, ANYONE, "catalog.api_channel", channel),
    ]


@hookimpl
async def page_slot(slot: str, request: web.Request) -> Fragment | None:
    if slot != "account.menu" or viewer_of(request) is None:
        return None
    return await render_fragment(request, "catalog/menu.html")
