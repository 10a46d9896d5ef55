"""Before every handler: session, cross-site check, policy, deadline. Around it: errors, headers, a line in the log."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from core.database import is_database_away
from core.http.api_models import Empty
from core.http.bodies import read_query
from core.http.context import render, see_other, url_of
from core.http.csrf import SAFE_METHODS, check_same_origin
from core.http.errors import from_http_error, problem_response
from core.http.headers import add_headers
from core.http.keys import NONCE, REQUEST_ID, ROUTE, SERVICES, VIEWER
from core.http.policies import Policy
from core.http.routing import Handler, Route
from core.http.sessions import load_session
from core.problems import Problem
from core.storage import StorageError, StorageFull

log = structlog.get_logger()


def guarded(route: Route) -> Handler:
    """Return the route's handler behind its policy."""

    async def handle(request: web.Request) -> web.StreamResponse:
        services = request.app[SERVICES]
        request[ROUTE] = route.name
        if route.policy.session:
            await load_session(request)
            check_same_origin(request, services.settings)
        await _check(request, route.policy)
        if route.operation is not None and route.operation.query is None:
            read_query(request, Empty)
        if route.streams or route.unhurried:
            return await route.handler(request)
        seconds = services.settings.core.server.request_seconds
        try:
            async with asyncio.timeout(seconds):
                return await route.handler(request)
        except TimeoutError:
            raise Problem(
                503, "too_slow", "This took too long. Try again in a moment.", headers={"Retry-After": "5"}
            ) from None

    return handle


async def _check(request: web.Request, policy: Policy) -> None:
    if not policy.signed_in:
        return
    viewer = request[VIEWER]
    if viewer is None:
        raise Problem(401, "not_signed_in", "Sign in first.")
    if policy.permission is not None:
        await request.app[SERVICES].authorizer.require(viewer, policy.permission)


@web.middleware
async def outermost(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Name the request, answer every error, and write one line to the log."""
    request[NONCE], request[REQUEST_ID] = secrets.token_urlsafe(16), secrets.token_hex(8)
    started = time.perf_counter()
    with structlog.contextvars.bound_contextvars(request=request[REQUEST_ID]):
        response = await _answer(request, handler)
        log.info(
            "request",
            method=request.method,
            path=request.path,  # without the query: it may carry signatures and tokens
            status=response.status,
            route=request.get(ROUTE),
            user=getattr(request.get(VIEWER), "id", None),
            seconds=round(time.perf_counter() - started, 4),
        )
    return response


async def complete_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add what every answer carries just before it is sent, so that streams have it too."""
    services = request.app[SERVICES]
    origins = services.storages.browser_origins
    add_headers(response, nonce=request.get(NONCE, ""), origins=origins, https=services.settings.https)
    if request_id := request.get(REQUEST_ID):
        response.headers["X-Request-Id"] = request_id


async def _answer(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        if request.headers.get("Content-Encoding"):
            raise Problem(415, "unsupported_encoding", "Send the body without Content-Encoding.")
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            return web.Response(status=error.status, headers=error.headers)
        return await _problem(request, from_http_error(error))
    except Exception as error:
        gone = request.transport is None or request.transport.is_closing()
        if request.writer.output_size or (gone and isinstance(error, ConnectionError)):
            raise  # too late for another answer, or nobody there to read it: the connection is cut
        return await _problem(request, _as_problem(request, error))


def _as_problem(request: web.Request, error: Exception) -> Problem:
    """Say what happened; of our own faults the log gets every detail, and the client only where to find them."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, StorageFull):
        log.error("storage_full", detail=str(error))
        full = "The site has no space left. Its operator has to make some; try again later."
        return Problem(507, "storage_full", full, headers={"Retry-After": "60"})
    if isinstance(error, StorageError):
        log.error("storage_away", detail=str(error))
        away = "The site cannot reach its storage just now. Nothing is lost; try again in a moment."
        return Problem(503, "storage_away", away, headers={"Retry-After": "10"})
    if is_database_away(error):
        log.error("database_away", error=f"{type(error).__name__}: {error}")
        away = "The site cannot reach its database just now. Try again in a moment."
        return Problem(503, "database_away", away, headers={"Retry-After": "5"})
    log.error("unhandled", exc_info=error)
    detail = f"Something broke on our side. The operator finds it in the log as {request[REQUEST_ID]}."
    return Problem(500, "internal", detail)


async def _problem(request: web.Request, problem: Problem) -> web.StreamResponse:
    if request.path.startswith("/api/") or "text/html" not in request.headers.get("Accept", ""):
        return problem_response(problem)
    try:
        return await _problem_page(request, problem)
    except Exception as error:
        log.error("error_page_failed", exc_info=error)
        return problem_response(problem)


async def _problem_page(request: web.Request, problem: Problem) -> web.StreamResponse:
    services = request.app[SERVICES]
    if problem.status == 401 and request.method in SAFE_METHODS:
        async for options in services.hooks.ask("login_options", request=request):
            for option in options:
                return see_other(url_of(request, option.route, next=request.path_qs))
    if VIEWER not in request and problem.status < 500:
        await load_session(request)
    response = await render(
        request, "error.html", status=problem.status, problem=problem, request_id=request[REQUEST_ID]
    )
    response.headers.update(problem.headers)
    return response
