"""Serves the playlists. Whoever may watch the video gets one whose every URL works for them."""

from aiohttp import web

from core.http.bodies import read_query
from core.http.context import services_of, viewer_of
from core.http.policies import ANYONE
from core.http.routing import Route
from core.http.videos import VIDEO_ID
from core.models import Rendition, RenditionSet, Video
from core.problems import not_found
from core.storage import Storage
from core.videos.access import KeyQuery, grant_for, is_public, watchable
from core.videos.playback import MASTER_TYPE, master_playlist, media_playlist
from core.videos.storyboard import Storyboard
from core.videos.text_tracks import find_track, text_playlist, text_tracks_of

_SET = f"/videos/{VIDEO_ID}/{{set_id:[0-9a-z]{{16}}}}"


async def _find(request: web.Request) -> tuple[Video, RenditionSet, Storage]:
    key = read_query(request, KeyQuery).key
    video = await watchable(viewer_of(request), request.match_info["video_id"], key)
    # Not only the current set: whoever began to watch an older one may finish.
    found = await RenditionSet.get_or_none(id=request.match_info["set_id"], video_id=video.id)
    if found is None:
        raise not_found()
    return video, found, services_of(request).storages[found.storage]


def _playlist(video: Video, found: RenditionSet, text: str) -> web.Response:
    cache = "no-store"
    if is_public(video):
        # What grows is asked for again every few seconds, and once more when it is complete.
        cache = "public, max-age=1" if found.growing else "public, max-age=30"
    return web.Response(text=text, content_type=MASTER_TYPE, headers={"Cache-Control": cache})


async def _master(request: web.Request) -> web.Response:
    video, found, _ = await _find(request)
    renditions = await Rendition.filter(rendition_set_id=found.id)
    services = services_of(request)
    texts = await text_tracks_of(services, video)
    return _playlist(video, found, master_playlist(services, video, found, renditions, texts))


async def _media(request: web.Request) -> web.Response:
    video, found, storage = await _find(request)
    rendition = await Rendition.get_or_none(rendition_set_id=found.id, name=request.match_info["name"])
    if rendition is None:
        raise not_found()
    grant = grant_for(video, found.prefix, viewer_of(request))
    return _playlist(video, found, media_playlist(storage, found, rendition, grant))


async def _storyboard(request: web.Request) -> web.Response:
    """Say which part of which image shows the video at what time; a storage that is away has nothing to say of it."""
    video, found, storage = await _find(request)
    if found.storyboard is None:
        raise not_found()
    grant = grant_for(video, found.prefix, viewer_of(request))
    board = Storyboard.model_validate(found.storyboard)
    text = board.webvtt(lambda name: storage.url(found.key(name), grant))
    cache = "public, max-age=30" if is_public(video) else "no-store"
    return web.Response(text=text, content_type="text/vtt", headers={"Cache-Control": cache})


async def _text(request: web.Request) -> web.Response:
    video, found, _ = await _find(request)
    track = find_track(await text_tracks_of(services_of(request), video), request.match_info["track_id"])
    if track is None:
        raise not_found()
    return _playlist(video, found, text_playlist(track, found))


def playlist_routes() -> list[Route]:
    """The three kinds of playlist, and the storyboard."""
    return [
        Route("GET", f"{_SET}/master.m3u8", _master, ANYONE, "core.master"),
        Route("GET", f"{_SET}/storyboard.vtt", _storyboard, ANYONE, "core.storyboard"),
        Route("GET", f"{_SET}/{{name:[a-z0-9_-]{{1,40}}}}.m3u8", _media, ANYONE, "core.playlist"),
        Route("GET", f"{_SET}/text/{{track_id:[0-9a-z-]{{1,40}}}}.m3u8", _text, ANYONE, "core.text_playlist"),
    ]
