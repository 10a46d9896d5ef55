"""The JSON API of a video's captions, and the text itself."""

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from core.api import (
    ANYONE,
    SIGNED_IN,
    VIDEO_ID,
    KeyQuery,
    Operation,
    Problem,
    Route,
    is_public,
    json_response,
    not_found,
    owned,
    read_query,
    services_of,
    signed_in,
    viewer_of,
    watchable,
)
from core.models import Video
from plugins.captions.bodies import read_file
from plugins.captions.languages import Language
from plugins.captions.models import Caption
from plugins.captions.tracks import TrackFields, delete_caption, put_caption, tracks_of

_CAPTIONS = f"/api/v1/videos/{VIDEO_ID}/captions"
_TEXT = f"/videos/{VIDEO_ID}/captions/{{caption_id:[0-9a-z]{{16}}}}.vtt"
_TAKEN = ("text/vtt", "application/x-subrip")


class LanguageQuery(BaseModel):
    """Which captions."""

    model_config = ConfigDict(extra="forbid")

    language: Language


class CaptionView(BaseModel):
    """Captions in one language; `url` is relative to the site and leads to WebVTT."""

    language: str
    label: str
    url: str


class CaptionList(BaseModel):
    """A video's captions."""

    items: list[CaptionView]


def api_routes() -> list[Route]:
    """List, put, delete, and read."""
    put = Operation(
        "Add captions, WebVTT or SRT (application/x-subrip), in place of those in the same language",
        "Captions", query=TrackFields, result=CaptionList, errors=(404, 409), file=_TAKEN[0],
    )  # fmt: skip
    listing = Operation("List the captions of a video", "Captions", query=KeyQuery, result=CaptionList, errors=(404,))
    delete = Operation("Delete the captions in a language", "Captions", 204, query=LanguageQuery, errors=(404,))
    return [
        Route("GET", _CAPTIONS, _list, ANYONE, "captions.api_list", listing),
        Route("PUT", _CAPTIONS, _put, SIGNED_IN, "captions.api_put", put),
        Route("DELETE", _CAPTIONS, _delete, SIGNED_IN, "captions.api_delete", delete),
        Route("GET", _TEXT, _text, ANYONE, "captions.text"),
    ]


async def _list(request: web.Request) -> web.Response:
    return await _listed(request, await _watchable(request))


async def _put(request: web.Request) -> web.Response:
    fields, video = read_query(request, TrackFields), await _own(request)
    if request.content_type not in _TAKEN:
        raise Problem(415, "unsupported_media_type", f"Send the captions as {' or '.join(_TAKEN)}.")
    await put_caption(services_of(request), video, fields, await read_file(request.content.iter_any()))
    return await _listed(request, video)


async def _delete(request: web.Request) -> web.Response:
    language, video = read_query(request, LanguageQuery).language, await _own(request)
    await delete_caption(services_of(request), video, language)
    return web.Response(status=204)


async def _text(request: web.Request) -> web.Response:
    """Answer as the playlists do: whoever may watch the video may read it."""
    video = await _watchable(request)
    caption = await Caption.get_or_none(id=request.match_info["caption_id"], video_id=video.id)
    if caption is None:
        raise not_found()
    cache = "public, max-age=3600" if is_public(video) else "no-store"
    return web.Response(text=caption.text, content_type="text/vtt", charset="utf-8", headers={"Cache-Control": cache})


async def _listed(request: web.Request, video: Video) -> web.Response:
    tracks = await tracks_of(video, services_of(request))
    views = [CaptionView(language=track.language, label=track.label, url=track.url) for track in tracks]
    return json_response(CaptionList(items=views))


async def _own(request: web.Request) -> Video:
    return await owned(signed_in(request), request.match_info["video_id"])


async def _watchable(request: web.Request) -> Video:
    return await watchable(viewer_of(request), request.match_info["video_id"], read_query(request, KeyQuery).key)
