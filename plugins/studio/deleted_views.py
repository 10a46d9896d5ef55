"""The pages of deleted videos: the list, and the ways back and out."""

from aiohttp import web

from core.api import (
    erase_video,
    not_found,
    read_form,
    read_query,
    render,
    restore_video,
    see_other,
    services_of,
    signed_in,
    url_of,
)
from core.models import Video
from plugins.studio.deleted import deleted_one, deleted_page_of
from plugins.studio.forms import DeletedQuery, NoFields


async def deleted(request: web.Request) -> web.Response:
    """Show what can still be restored, and for how long."""
    query, services = read_query(request, DeletedQuery), services_of(request)
    entries, following = await deleted_page_of(services, signed_in(request), query.cursor)
    return await render(
        request,
        "studio/deleted.html",
        entries=entries,
        first=query.cursor is None,
        next=url_of(request, "studio.deleted", cursor=following) if following else None,
        erased=query.erased,
    )


async def restore(request: web.Request) -> web.Response:
    """Take a deletion back."""
    await read_form(request, NoFields)
    video = await restore_video(services_of(request), signed_in(request), request.match_info["video_id"])
    return see_other(url_of(request, "studio.videos", restored=video.id))


async def confirm_erase(request: web.Request) -> web.Response:
    """Ask before a deleted video is lost for good."""
    return await render(request, "studio/erase.html", video=await _deleted(request))


async def erase(request: web.Request) -> web.Response:
    """Delete a deleted video for good."""
    video = await _deleted(request)
    await read_form(request, NoFields)
    await erase_video(services_of(request), signed_in(request), video.id)
    return see_other(url_of(request, "studio.deleted", erased=1))


async def _deleted(request: web.Request) -> Video:
    video = await deleted_one(signed_in(request), request.match_info["video_id"])
    if video is None:
        raise not_found()
    return video
