"""Server-side sessions: the cookie holds a random secret, the table its SHA-256, so that either can be revoked."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from aiohttp import web

from core.http.keys import SERVICES, SESSION, VIEWER
from core.models import Session, User
from core.settings import Settings

_SEEN_STEP = timedelta(minutes=5)  # how stale `seen_at` may be: one write per page would be many


def cookie_name(settings: Settings) -> str:
    """Return the cookie's name; browsers bind `__Host-` cookies to https and this very host (RFC 6265bis, 4.1.3.2)."""
    return "__Host-mutoscope" if settings.https else "mutoscope"


def _digest(secret: str) -> str:
    # A cookie may hold any bytes; aiohttp hands those that are no UTF-8 on as surrogates.
    return hashlib.sha256(secret.encode(errors="surrogateescape")).hexdigest()


async def load_session(request: web.Request) -> None:
    """Find out who sends the request: by its session, else by whatever a plugin accepts as proof."""
    services = request.app[SERVICES]
    request[VIEWER], request[SESSION] = None, None
    secret = request.cookies.get(cookie_name(services.settings))
    session = await _current(secret, services.settings) if secret else None
    if session is not None:
        request[SESSION], request[VIEWER] = session, session.user
        return
    async for user in services.hooks.ask("identify", request=request):
        if isinstance(user, User) and user.suspended_at is None:
            request[VIEWER] = user
            return


async def _current(secret: str, settings: Settings) -> Session | None:
    now = datetime.now(UTC)
    session = await Session.get_or_none(digest=_digest(secret)).prefetch_related("user")
    if session is None or session.expires_at <= now or session.user.suspended_at is not None:
        return None
    if session.seen_at <= now - timedelta(days=settings.core.sessions.idle_days):
        return None
    if session.seen_at <= now - _SEEN_STEP:
        await Session.filter(digest=session.digest).update(seen_at=now)
    return session


async def end_session(secret: str) -> None:
    """End the session that `start_session` returned this secret for."""
    await Session.filter(digest=_digest(secret)).delete()


async def sign_in(request: web.Request, response: web.StreamResponse, user: User) -> None:
    """Start a new session for the user; the one the browser came with ends, whoever it was for."""
    settings = request.app[SERVICES].settings
    await _end(request)
    response.set_cookie(
        cookie_name(settings),
        await start_session(user, settings),
        max_age=int(_longest(settings).total_seconds()),
        path="/",
        httponly=True,
        secure=settings.https,
        samesite="Lax",
    )


def _longest(settings: Settings) -> timedelta:
    return timedelta(days=settings.core.sessions.longest_days)


async def start_session(user: User, settings: Settings) -> str:
    """Store a new session and return the secret that the cookie `cookie_name` carries; it is not kept here."""
    secret, now = secrets.token_urlsafe(32), datetime.now(UTC)
    await Session.filter(expires_at__lt=now).delete()  # nothing else removes them, and here it costs nobody a page
    await Session.create(digest=_digest(secret), user=user, seen_at=now, expires_at=now + _longest(settings))
    return secret


async def sign_out(request: web.Request, response: web.StreamResponse) -> None:
    """End the session and take the cookie back."""
    services = request.app[SERVICES]
    await _end(request)
    response.del_cookie(
        cookie_name(services.settings), path="/", httponly=True, secure=services.settings.https, samesite="Lax"
    )


async def sign_out_everywhere(user: User, keep: web.Request | None = None) -> None:
    """End every session of the user, but for the one `keep` came with."""
    sessions = Session.filter(user=user)
    if keep is not None and (current := keep.get(SESSION)) is not None:
        sessions = sessions.exclude(digest=current.digest)
    await sessions.delete()


async def _end(request: web.Request) -> None:
    if (session := request.get(SESSION)) is not None:
        await Session.filter(digest=session.digest).delete()
