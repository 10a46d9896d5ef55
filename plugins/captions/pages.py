"""The form on a video's page in the studio, and what it does; none of it needs scripts."""

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from core.api import (
    VIDEO_ID,
    Form,
    Fragment,
    Problem,
    Route,
    can,
    owned,
    read_form,
    render,
    render_fragment,
    see_other,
    services_of,
    signed_in,
    url_of,
)
from core.models import Video
from plugins.captions.bodies import read_caption_form
from plugins.captions.languages import COMMON, Language
from plugins.captions.tracks import TrackFields, delete_caption, put_caption, tracks_of

_CREATOR = can("video.upload")
_CAPTIONS = f"/studio/videos/{VIDEO_ID}/captions"


class DeleteForm(BaseModel):
    """The button beside the captions in a language."""

    model_config = ConfigDict(extra="forbid")

    language: Language


def page_routes() -> list[Route]:
    """The page, and its two forms."""
    return [
        Route("GET", _CAPTIONS, _show, _CREATOR, "captions.page"),
        Route("POST", _CAPTIONS, _upload, _CREATOR, "captions.upload"),
        Route("POST", f"{_CAPTIONS}/delete", _delete, _CREATOR, "captions.delete"),
    ]


async def panel(request: web.Request, video: Video) -> Fragment:
    """Return the list and the form, for the page of a video that its owner looks at."""
    found = await tracks_of(video, services_of(request))
    return await render_fragment(request, "captions/panel.html", video=video, tracks=found, languages=COMMON, form=None)


async def tracks(request: web.Request, video: Video) -> Fragment:
    """Return the <track> elements of a video."""
    found = await tracks_of(video, services_of(request))
    return await render_fragment(request, "captions/tracks.html", tracks=found)


async def _show(request: web.Request) -> web.Response:
    return await _page(request, await _own(request))


async def _upload(request: web.Request) -> web.Response:
    video = await _own(request)
    form, content = await read_caption_form(request)
    if form.value is None:
        return await _page(request, video, form, 422)
    try:
        await put_caption(services_of(request), video, form.value, content)
    except Problem as problem:
        return await _page(request, video, Form(None, {"file": problem.detail}, form.raw), problem.status)
    return _back(request, video)


async def _delete(request: web.Request) -> web.Response:
    video = await _own(request)
    form = await read_form(request, DeleteForm)
    if form.value is None:
        raise Problem(422, "invalid", "Choose which captions to delete.", errors=form.errors)
    await delete_caption(services_of(request), video, form.value.language)
    return _back(request, video)


async def _page(
    request: web.Request, video: Video, form: Form[TrackFields] | None = None, status: int = 200
) -> web.Response:
    found = await tracks_of(video, services_of(request))
    return await render(
        request, "captions/page.html", status=status, video=video, tracks=found, languages=COMMON, form=form
    )


def _back(request: web.Request, video: Video) -> web.Response:
    known = services_of(request).urls.knows("studio.edit")
    return see_other(url_of(request, "studio.edit" if known else "captions.page", video_id=video.id) + "#captions")


async def _own(request: web.Request) -> Video:
    return await owned(signed_in(request), request.match_info["video_id"])
