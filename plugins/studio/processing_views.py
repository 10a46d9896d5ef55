"""What a creator does about the processing of a video: try again, stop it, give it another file, or keep the old."""

from aiohttp import web

from core.api import (
    Problem,
    cancel_processing,
    keep_version,
    original_of,
    owned,
    read_form,
    render,
    retry_video,
    see_other,
    services_of,
    signed_in,
    status_of,
    storage_use,
    url_of,
)
from core.models import Video
from plugins.studio.files import ACCEPT
from plugins.studio.forms import NoFields
from plugins.studio.library import entry


async def retry(request: web.Request) -> web.Response:
    """Process the original once more."""
    video = await _own(request)
    await read_form(request, NoFields)
    await retry_video(services_of(request), video)
    return see_other(url_of(request, "studio.edit", video_id=video.id))


async def stop(request: web.Request) -> web.Response:
    """Stop what is done to the video; without work under way this changes nothing."""
    video = await _own(request)
    await read_form(request, NoFields)
    await cancel_processing(services_of(request), video)
    return see_other(url_of(request, "studio.edit", video_id=video.id))


async def keep(request: web.Request) -> web.Response:
    """Keep what plays, and forget the file that was to take its place; without such a file this changes nothing."""
    video = await _own(request)
    await read_form(request, NoFields)
    await keep_version(services_of(request), video)
    return see_other(url_of(request, "studio.edit", video_id=video.id))


async def replace(request: web.Request) -> web.Response:
    """Show the page whose scripts send another file for the video, and say what will happen to the one it has."""
    video, services = await _own(request), services_of(request)
    original = await original_of(video)
    if original is None:
        raise Problem(409, "no_original", "The first upload of this video is not complete. Finish or cancel it first.")
    limits = services.settings.core.uploads
    return await render(
        request,
        "studio/replace.html",
        accept=ACCEPT,
        max_size=limits.max_size,
        storage=await storage_use(signed_in(request), limits),
        entry=entry(services, video, await status_of(video)),
        original=original,
    )


async def _own(request: web.Request) -> Video:
    return await owned(signed_in(request), request.match_info["video_id"])
