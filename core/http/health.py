"""Tell whatever watches over the process whether it is alive, and whether it can take work."""

from aiohttp import web
from tortoise.exceptions import BaseORMException

from core.database import is_database_away
from core.http.context import services_of
from core.http.policies import ANYONE
from core.http.routing import Route
from core.models import User
from core.problems import Problem


async def _alive(request: web.Request) -> web.Response:
    return web.Response(text="ok\n")


async def _ready(request: web.Request) -> web.Response:
    """Red while stopping and while the database does not answer; the reason is in the log, not here."""
    services = services_of(request)
    try:
        await User.exists()
    except Exception as error:
        # Nobody else was asked, so whatever connection was lost is the database's.
        if not isinstance(error, BaseORMException | OSError) and not is_database_away(error):
            raise
        raise Problem(503, "not_ready", "The database does not answer.", headers={"Retry-After": "5"}) from error
    if services.stopping.is_set():
        raise Problem(503, "stopping", "This process is stopping.", headers={"Retry-After": "5"})
    return web.Response(text="ready\n")


def health_routes() -> list[Route]:
    """Both probes."""
    return [
        Route("GET", "/healthz", _alive, ANYONE, "core.alive"),
        Route("GET", "/readyz", _ready, ANYONE, "core.ready"),
    ]
