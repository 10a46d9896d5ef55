"""Before every handler: session, cross-site check, policy, deadline. Around it: errors, headers, a line in the log."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from core.http.context import render, see_other, url_of
from core.http.csrf import SAFE_METHODS, check_same_origin
from core.http.errors import from_http_error, problem_response
from core.http.headers import add_headers
from core.http.keys import NONCE, REQUEST_ID, ROUTE, SERVICES, VIEWER
from core.http.policies import Policy
from core.http.routing import Handler, Route
from core.http.sessions import load_session
from core.problems import Problem
from core.storage import StorageFull

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
        if route.streams:
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
    """Name the request, answer every error, add the headers, and write one line to the log."""
    request[NONCE], request[REQUEST_ID] = secrets.token_urlsafe(16), secrets.token_hex(8)
    started = time.perf_counter()
    with structlog.contextvars.bound_contextvars(request=request[REQUEST_ID]):
        response = await _answer(request, handler)
        services = request.app[SERVICES]
        if not response.prepared:
            origins = services.storage.browser_origins
            add_headers(response, nonce=request[NONCE], origins=origins, https=services.settings.https)
            response.headers["X-Request-Id"] = request[REQUEST_ID]
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


async def _answer(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        if request.headers.get("Content-Encoding"):
            raise Problem(415, "unsupported_encoding", "Send the body without Content-Encoding.")
        return await handler(request)
    except Problem as problem:
        return await _problem(request, problem)
    except web.HTTPException as error:
        if error.status < 400:
            return error
        return await _problem(request, from_http_error(error))
    except StorageFull as error:
        log.error("storage_full", detail=str(error))
        full = Problem(
            507, "storage_full", "The site has no space left. Its operator has to make some; try again later."
        )
        return await _problem(request, full)
    except (ConnectionError, asyncio.CancelledError):
        raise
    except Exception as error:
        log.error("unhandled", exc_info=error)
        detail = f"Something broke on our side. The operator finds it in the log as {request[REQUEST_ID]}."
        return await _problem(request, Problem(500, "internal", detail))


async def _problem(request: web.Request, problem: Problem) -> web.StreamResponse:
    is_api = request.path.startswith("/api/")
    if is_api or "text/html" not in request.headers.get("Accept", ""):
        return problem_response(problem)
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
