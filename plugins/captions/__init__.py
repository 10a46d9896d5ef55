"""Captions: creators add SRT and WebVTT files to their videos, viewers choose a language in the player."""

from collections.abc import Iterable, Sequence

from aiohttp import web

from core.api import Fragment, Route, Services, TextTrack, hookimpl
from core.models import User, Video
from plugins.captions import pages, privacy
from plugins.captions.api import api_routes
from plugins.captions.tracks import tracks_of

_SLOTS = {"watch.tracks": pages.tracks, "studio.edit.end": pages.panel}


@hookimpl
def routes() -> Iterable[Route]:
    return [*api_routes(), *pages.page_routes()]


@hookimpl
async def text_tracks(video: Video, services: Services) -> Sequence[TextTrack]:
    return await tracks_of(video, services)


@hookimpl
async def page_slot(slot: str, request: web.Request, context: dict[str, object]) -> Fragment | None:
    video = context.get("video")
    return await _SLOTS[slot](request, video) if slot in _SLOTS and isinstance(video, Video) else None


@hookimpl
async def export_user(user: User) -> dict[str, object]:
    return await privacy.export(user)


@hookimpl
async def erase_user(user: User) -> None:
    await privacy.erase(user)
