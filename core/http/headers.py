"""The headers every answer carries, and the Content-Security-Policy of pages."""

from collections.abc import Sequence

from aiohttp import web

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_HSTS = "max-age=31536000; includeSubDomains"
# What is no page needs nothing at all; media and JSON opened in a tab run no script.
_BARE_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"


def page_policy(nonce: str, origins: Sequence[str]) -> str:
    """Return the policy of a page: scripts by nonce only, no inline anything, Trusted Types; `origins` hold media."""
    media = " ".join(["'self'", *origins])
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src 'nonce-{nonce}' 'strict-dynamic'",
            f"style-src 'self' 'nonce-{nonce}'",
            f"img-src {media} data:",
            f"media-src {media} blob:",
            f"connect-src {media}",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        ]
    )


def add_headers(response: web.StreamResponse, *, nonce: str, origins: Sequence[str], https: bool) -> None:
    """Add what is missing; a handler may have set its own policy or cache rule."""
    for name, value in _ALWAYS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = "mutoscope"  # aiohttp has put its version and Python's there
    if https:
        response.headers.setdefault("Strict-Transport-Security", _HSTS)
    is_page = response.content_type == "text/html"
    response.headers.setdefault("Content-Security-Policy", page_policy(nonce, origins) if is_page else _BARE_POLICY)
    if response.content_type == "text/event-stream":
        response.headers["Cache-Control"] = "no-store"  # aiohttp-sse says no-cache, with which caches may keep it
    response.headers.setdefault("Cache-Control", "no-store")
