"""The web application: every route behind its policy, and how the process starts, drains and stops."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from aiohttp import web

from core.http.guard import complete_headers, guarded, outermost
from core.http.keys import SERVICES
from core.services import Services
from core.videos.keeping import sweep_workspaces

log = structlog.get_logger()

# Bytes of a body that may wait for their handler. aiohttp's 64 KiB are less than what one read from a socket brings, so
# that reading would be paused and resumed for each.
_READ_AHEAD = 512 * 1024


class PortTaken(Exception):
    """Something else listens where the site should; the message names the setting."""


def make_app(services: Services) -> web.Application:
    """Return the application with the core's and every plugin's routes. Raises RouteConflict."""
    app = web.Application(middlewares=[outermost], client_max_size=services.settings.core.server.body_limit)
    app[SERVICES] = services
    services.templates.install(app, services)
    heads = {route.path for route in services.routes if route.method == "HEAD"}
    for route in services.routes:
        app.router.add_route(route.method, route.path, guarded(route))
        if route.method == "GET" and route.path not in heads:
            app.router.add_route("HEAD", route.path, guarded(route))

    async def begin_to_stop(_: web.Application) -> None:
        services.stopping.set()

    app.on_response_prepare.append(complete_headers)
    app.on_shutdown.append(begin_to_stop)
    return app


@asynccontextmanager
async def running_web(services: Services, *, port: int | None = None) -> AsyncIterator[int]:
    """Listen until the end of the block, and yield the port; then finish what is in flight, for `drain_seconds`."""
    server = services.settings.core.server
    runner = web.AppRunner(
        make_app(services),
        access_log=None,
        auto_decompress=False,  # a gzip bomb would stall the loop before any handler could refuse it
        keepalive_timeout=15,
        read_bufsize=_READ_AHEAD,
        lingering_time=3,  # a sender that was refused is not read from for longer
        shutdown_timeout=server.drain_seconds,
    )
    await runner.setup()
    site = web.TCPSite(runner, server.host, server.port if port is None else port)
    try:
        try:
            await site.start()
        except OSError as error:
            raise PortTaken(
                f"{server.host}:{server.port} cannot be listened on: {error.strerror}. Stop what uses it, "
                "or choose another port: MUTOSCOPE_SERVER__PORT=8001, or [server] port in settings.toml."
            ) from error
        yield runner.addresses[0][1]
    finally:
        services.stopping.set()
        await runner.cleanup()


@asynccontextmanager
async def running_worker(services: Services) -> AsyncIterator[None]:
    """Run jobs until the end of the block; what is not finished then is handed back."""
    await sweep_workspaces(services)
    async with services.bell.listening(services.worker(), services.settings.core.jobs):
        yield


def stop_signal() -> asyncio.Event:
    """Return an event that SIGINT and SIGTERM set from now on."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stopped.set)
    return stopped
