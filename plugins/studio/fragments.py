"""What the studio adds to pages of others."""

from aiohttp import web

from core.api import Fragment, render_fragment, services_of, url_of, viewer_of

_TEMPLATES = {"topbar.actions": "studio/topbar.html", "account.menu": "studio/menu.html"}


async def link_for(slot: str, request: web.Request) -> Fragment | None:
    """Return the way into the studio that stands in this slot, for those who may go there."""
    if slot not in _TEMPLATES or not services_of(request).authorizer.role_allows(viewer_of(request), "video.upload"):
        return None
    # The studio's own pages have their one primary button already.
    if slot == "topbar.actions" and request.path.startswith(url_of(request, "studio.videos")):
        return None
    return await render_fragment(request, _TEMPLATES[slot])
