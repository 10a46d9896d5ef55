"""The studio's pages: the list, the upload, and the life of one video after it."""

from aiohttp import web

from core.api import (
    Form,
    VideoEdit,
    delete_video,
    deleted_by,
    edit_video,
    original_of,
    owned,
    processing_log,
    read_form,
    read_query,
    render,
    see_other,
    services_of,
    signed_in,
    status_of,
    storage_use,
    url_of,
)
from core.models import Video
from plugins.studio.deleted import deleted_one, time_to_undo
from plugins.studio.files import ACCEPT, unfinished_upload
from plugins.studio.forms import DetailsForm, EditQuery, ListQuery, NoFields
from plugins.studio.library import entry, own_video, page_of
from plugins.studio.settings import StudioSettings
from plugins.studio.words import how_long


async def videos(request: web.Request) -> web.Response:
    """Show the creator's videos with their state."""
    query = read_query(request, ListQuery)
    services, user = services_of(request), signed_in(request)
    entries, following = await page_of(services, user, query.cursor)
    return await render(
        request,
        "studio/videos.html",
        entries=entries,
        first=query.cursor is None,
        storage=await storage_use(user, services.settings.core.uploads),
        next=url_of(request, "studio.videos", cursor=following) if following else None,
        gone=query.deleted is not None,
        undo=await deleted_one(user, query.deleted),
        restored=await own_video(user, query.restored),
        any_deleted=await deleted_by(user).exists(),
    )


async def upload(request: web.Request) -> web.Response:
    """Show the page whose scripts send files by the API."""
    settings = services_of(request).settings
    return await render(
        request,
        "studio/upload.html",
        accept=ACCEPT,
        max_size=settings.core.uploads.max_size,
        storage=await storage_use(signed_in(request), settings.core.uploads),
        default_visibility=settings.plugin("studio", StudioSettings).default_visibility.value,
    )


async def edit(request: web.Request) -> web.Response:
    """Show a video's details and the state of its processing."""
    video, query = await _own(request), read_query(request, EditQuery)
    return await _edit_page(request, video, saved=query.saved, log_open=query.log)


async def save(request: web.Request) -> web.Response:
    """Save the details; with errors, show the page again with what was typed."""
    video = await _own(request)
    form = await read_form(request, DetailsForm)
    if form.value is None:
        return await _edit_page(request, video, form=form)
    await edit_video(services_of(request), video, VideoEdit(**form.value.model_dump()))
    return see_other(url_of(request, "studio.edit", video_id=video.id, saved=1))


async def confirm_delete(request: web.Request) -> web.Response:
    """Say what deleting the video loses, and until when it can be taken back."""
    video, services = await _own(request), services_of(request)
    shown = entry(services, video, await status_of(video))
    return await render(request, "studio/delete.html", entry=shown, undo=await time_to_undo(services, video))


async def delete(request: web.Request) -> web.Response:
    """Delete the video, and offer to take that back."""
    video = await _own(request)
    await read_form(request, NoFields)
    await delete_video(services_of(request), video)
    return see_other(url_of(request, "studio.videos", deleted=video.id))


async def _own(request: web.Request) -> Video:
    return await owned(signed_in(request), request.match_info["video_id"])


async def _edit_page(
    request: web.Request,
    video: Video,
    *,
    form: Form[DetailsForm] | None = None,
    saved: bool = False,
    log_open: bool = False,
) -> web.Response:
    return await render(
        request,
        "studio/edit.html",
        status=422 if form else 200,
        entry=entry(services_of(request), video, await status_of(video)),
        original=await original_of(video),
        unfinished=await unfinished_upload(video),
        log=await processing_log(video, signed_in(request)),
        log_open=log_open,
        how_long=how_long,
        form=form,
        saved=saved,
    )
