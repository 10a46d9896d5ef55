"""What a handler asks of its request: the services, the viewer, addresses, pages and JSON."""

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web
from markupsafe import Markup
from pydantic import BaseModel

from core.http.keys import SERVICES, VIEWER
from core.models import User
from core.pages import Fragment

if TYPE_CHECKING:
    from core.services import Services

_WORTH_COMPRESSING = 1400  # characters; less fits into one packet anyway
_OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x7e]*")


def services_of(request: web.Request) -> "Services":
    """Return the site's services."""
    return request.app[SERVICES]


def viewer_of(request: web.Request) -> User | None:
    """Return who is signed in, if anybody is."""
    return request.get(VIEWER)


def signed_in(request: web.Request) -> User:
    """Return who is signed in, where the route's policy made sure that somebody is."""
    user = viewer_of(request)
    if user is None:
        raise RuntimeError(f"{request.path} asks for its user, but its policy lets anybody in")
    return user


def url_of(request: web.Request, route: str, /, **parameters: object) -> str:
    """Return the path of a route; parameters its pattern does not have become the query, but for None."""
    return services_of(request).urls.path(route, **parameters)


async def render(request: web.Request, template: str, *, status: int = 200, **context: object) -> web.Response:
    """Render a template as a page that no shared cache keeps."""
    html = await services_of(request).templates.render(request, template, context)
    response = web.Response(text=html, status=status, content_type="text/html")
    response.headers["Cache-Control"] = "no-store" if viewer_of(request) else "private, no-cache"
    if len(html) > _WORTH_COMPRESSING:
        response.enable_compression()  # in the coding that the browser asks for, if it does
        response.headers["Vary"] = "Accept-Encoding"
    return response


async def render_fragment(request: web.Request, template: str, **context: object) -> Fragment:
    """Render a template as the fragment that stands in a slot."""
    return Fragment(Markup(await services_of(request).templates.render(request, template, context)))  # noqa: S704 - escaped


def json_response(value: BaseModel, *, status: int = 200) -> web.Response:
    """Answer with a model as JSON."""
    return web.Response(
        text=value.model_dump_json(),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def see_other(location: str) -> web.Response:
    """Send the browser on after a form (303), so that a reload repeats nothing."""
    return web.Response(status=303, headers={"Location": location, "Cache-Control": "no-store"})


def safe_next(value: str | None) -> str:
    """Return `value` when it is a path of this site, else `/`: browsers take a second slash for the start of a host."""
    if not value or not _OWN_PATH.fullmatch(value):
        return "/"
    parts = urlsplit(value)
    return "/" if parts.scheme or parts.netloc else value
