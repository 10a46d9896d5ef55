"""What the catalog adds to pages of others."""

from aiohttp import web
from markupsafe import Markup

from core.api import Fragment, services_of, url_of, viewer_of

_LINK = Markup(
    '<a class="menu__item" href="{}"><svg class="icon" aria-hidden="true"><use href="{}#user"/></svg>Your channel</a>'
)


def own_channel(request: web.Request) -> Fragment | None:
    """Return the link from the account menu to the viewer's channel."""
    viewer = viewer_of(request)
    if viewer is None:
        return None
    sprite = services_of(request).assets.url("core/vendor/icons.svg")
    return Fragment(_LINK.format(url_of(request, "catalog.channel", handle=viewer.handle), sprite))
