"""Refuse what another site makes a browser send (OWASP CSRF cheat sheet: Fetch Metadata, then Origin)."""

from urllib.parse import urlsplit

from aiohttp import web

from core.http.sessions import cookie_name
from core.problems import Problem
from core.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def check_same_origin(request: web.Request, settings: Settings) -> None:
    """Raise Problem 403 for an unsafe request that did not start on our own pages.

    Without both headers the request comes from no browser of today: it may pass unless it carries our cookie.
    """
    if request.method in SAFE_METHODS:
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        allowed = site in ("same-origin", "none")
    elif origin is not None:
        allowed = origin == own_origin(settings)
    else:
        allowed = cookie_name(settings) not in request.cookies
    if not allowed:
        raise Problem(
            403,
            "cross_site",
            f"This was not sent from {own_origin(settings)}. Open the site there; that address is its site.base_url.",
        )


def own_origin(settings: Settings) -> str:
    """Return the origin of the site's base URL."""
    parts = urlsplit(settings.base_url)
    return f"{parts.scheme}://{parts.netloc}"
