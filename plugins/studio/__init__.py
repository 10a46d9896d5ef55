"""The studio: where creators upload videos, follow their processing, edit and delete them."""

from collections.abc import Iterable

from aiohttp import web

from core.api import VIDEO_ID, Fragment, NavItem, Route, can, hookimpl
from plugins.studio import deleted_views, fragments, processing_views, views
from plugins.studio.settings import StudioSettings

CREATOR = can("video.upload")
VIDEO = f"/studio/videos/{VIDEO_ID}"


@hookimpl
def settings_model() -> type[StudioSettings]:
    return StudioSettings


@hookimpl
def nav_items() -> Iterable[NavItem]:
    return [
        NavItem("Upload", "upload", "studio.upload", permission="video.upload", tab=True),
        NavItem("Studio", "film", "studio.videos", permission="video.upload", tab=True),
    ]


@hookimpl
def routes() -> Iterable[Route]:
    return [
        Route("GET", "/studio", views.videos, CREATOR, "studio.videos"),
        Route("GET", "/studio/upload", views.upload, CREATOR, "studio.upload"),
        Route("GET", VIDEO, views.edit, CREATOR, "studio.edit"),
        Route("POST", VIDEO, views.save, CREATOR, "studio.save"),
        Route("POST", f"{VIDEO}/retry", processing_views.retry, CREATOR, "studio.retry"),
        Route("POST", f"{VIDEO}/stop", processing_views.stop, CREATOR, "studio.stop"),
        Route("POST", f"{VIDEO}/keep", processing_views.keep, CREATOR, "studio.keep"),
        Route("GET", f"{VIDEO}/replace", processing_views.replace, CREATOR, "studio.replace"),
        Route("GET", f"{VIDEO}/delete", views.confirm_delete, CREATOR, "studio.delete"),
        Route("POST", f"{VIDEO}/delete", views.delete, CREATOR, "studio.delete_confirmed"),
        Route("GET", "/studio/deleted", deleted_views.deleted, CREATOR, "studio.deleted"),
        Route("POST", f"{VIDEO}/restore", deleted_views.restore, CREATOR, "studio.restore"),
        Route("GET", f"{VIDEO}/erase", deleted_views.confirm_erase, CREATOR, "studio.erase"),
        Route("POST", f"{VIDEO}/erase", deleted_views.erase, CREATOR, "studio.erase_confirmed"),
    ]


@hookimpl
async def page_slot(slot: str, request: web.Request) -> Fragment | None:
    return await fragments.link_for(slot, request)
