"""What the studio adds to pages of others."""

from aiohttp import web
from markupsafe import Markup

from core.api import Fragment, services_of, url_of, viewer_of

_LINKS = {
    "topbar.actions": ("studio.upload", "upload", "Upload", "btn btn--primary only-wide"),
    "account.menu": ("studio.videos", "film", "Your videos", "menu__item"),
}
_LINK = Markup('<a class="{}" href="{}"><svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>{}</a>')


def link_for(slot: str, request: web.Request) -> Fragment | None:
    """Return the way into the studio that stands in this slot, for those who may go there."""
    services = services_of(request)
    if slot not in _LINKS or not services.authorizer.role_allows(viewer_of(request), "video.upload"):
        return None
    route, icon, label, classes = _LINKS[slot]
    # The studio's own pages have their one primary button already.
    if slot == "topbar.actions" and request.path.startswith(url_of(request, "studio.videos")):
        return None
    sprite = services.assets.url("core/vendor/icons.svg")
    return Fragment(_LINK.format(classes, url_of(request, route), sprite, icon, label))
