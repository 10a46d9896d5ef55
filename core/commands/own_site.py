"""Reads a video of this site as its owner's browser would, whether the site runs elsewhere or not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import click
from aiohttp import web
from yarl import URL

from core.app import make_app
from core.http.sessions import cookie_name, end_session, start_session
from core.models import User, Video
from core.services import Services
from core.verifying import Fetch, over_http
from core.videos.playback import media_links

_HOST = "127.0.0.1"


@asynccontextmanager
async def reading_own_site(services: Services, video_id: str) -> AsyncIterator[tuple[Fetch, str]]:
    """Serve the site to this process alone, and yield what reads from it, with the master playlist's address.

    Segments come from wherever the storage's addresses lead. Raises ClickException for a video that has no playlist.
    """
    video = await Video.get_or_none(id=video_id, deleted_at__isnull=True).select_related("owner", "current_set")
    master = media_links(services, video, video.owner).master if video is not None else None
    if video is None or master is None:
        raise click.ClickException(
            f"video {video_id} has no playlist: it does not exist, is deleted, or is not processed yet."
        )
    async with _listening(services) as base_url, _signed_in(services, video.owner, base_url) as session:
        yield over_http(session.get), base_url + master


@asynccontextmanager
async def _listening(services: Services) -> AsyncIterator[str]:
    runner = web.AppRunner(make_app(services), access_log=None)
    await runner.setup()
    try:
        # Whatever [server] says: nobody else is meant to come.
        await web.TCPSite(runner, _HOST, 0).start()
        yield f"http://{_HOST}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _signed_in(services: Services, owner: User, base_url: str) -> AsyncIterator[aiohttp.ClientSession]:
    """Yield a client with a session of the owner's that ends with the block. Its cookie goes to `base_url` only."""
    secret = await start_session(owner, services.settings)
    jar = aiohttp.CookieJar(unsafe=True)  # "unsafe" are addresses without a name, such as ours
    jar.update_cookies({cookie_name(services.settings): secret}, URL(base_url))
    try:
        async with aiohttp.ClientSession(cookie_jar=jar) as session:
            yield session
    finally:
        await end_session(secret)
