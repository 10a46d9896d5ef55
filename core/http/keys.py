"""The typed keys under which requests and the application keep what belongs to them."""

from typing import TYPE_CHECKING

from aiohttp import web

from core.models import Session, User

if TYPE_CHECKING:
    from core.services import Services

SERVICES: "web.AppKey[Services]" = web.AppKey("services")
VIEWER: web.RequestKey[User | None] = web.RequestKey("viewer")
SESSION: web.RequestKey[Session | None] = web.RequestKey("session")
NONCE = web.RequestKey("nonce", str)
REQUEST_ID = web.RequestKey("request_id", str)
ROUTE = web.RequestKey("route", str)
PAGE: web.RequestKey[dict[str, object]] = web.RequestKey("page")
