"""A plugin that adds one caption to every video, to see that the player shows it."""

from collections.abc import Iterable

from aiohttp import web
from markupsafe import Markup

from core.api import ANYONE, Fragment, Route, hookimpl

VTT = "WEBVTT\n\n00:00.000 --> 00:09.000\nGood morning\n"


async def _serve(_: web.Request) -> web.Response:
    return web.Response(text=VTT, content_type="text/vtt")


@hookimpl
def routes() -> Iterable[Route]:
    return [Route("GET", "/captions.vtt", _serve, ANYONE, "captions_plugin.track")]


@hookimpl
async def page_slot(slot: str) -> Fragment | None:
    track = Markup('<track kind="subtitles" src="/captions.vtt" srclang="en" label="English">')
    return Fragment(track) if slot == "watch.tracks" else None
