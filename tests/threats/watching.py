"""What there is of a video to watch: pages, playlists, texts, objects, by the addresses that callers have of them."""

import io
import re
from collections.abc import Iterator
from typing import Any

from core.models import Rendition, Video
from core.storage import StorageKey
from core.testing.sites import Answer, Browser, Site
from plugins.captions.models import Caption

NOBODY_ID = "0" * 16
PAGES = ("page", "api", "status", "events")
PLAYLISTS = ("master", "playlist")
OBJECTS = {"poster": "poster.jpg", "init": "720p_init.mp4", "segment": "720p_00000.m4s"}
MEDIA = (*PLAYLISTS, *OBJECTS)
TEXTS = ("storyboard", "captions")
_CAPTIONS = b"WEBVTT\n\n00:01.000 --> 00:02.500\nGood morning\n"


async def captioned(studio: Browser, video: Video) -> Video:
    """Return its creator's video with captions, if it can be watched."""
    if video.current_set is not None:
        sent = {"params": {"language": "en"}, "data": io.BytesIO(_CAPTIONS), "headers": {"Content-Type": "text/vtt"}}
        async with studio.request("PUT", f"/api/v1/videos/{video.id}/captions", **sent) as answer:
            assert answer.status == 200, await answer.text()
    return video


def links_in(playlist: str) -> Iterator[str]:
    """Yield every address in a playlist."""
    for line in playlist.splitlines():
        if not line.startswith("#"):
            yield line
        elif uri := re.search('URI="([^"]+)"', line):
            yield uri[1]


async def media_of(browser: Browser, video: dict[str, Any]) -> list[str]:
    """Return every object that a caller is led to, from the master playlist down to the poster, of a video's JSON."""
    master = await browser.get(video["hls_url"])
    found = [video["poster_url"]]
    for playlist in links_in(master.text):
        found += links_in((await browser.get(playlist)).text)
    return found


async def addresses(site: Site, browser: Browser, video: Video, key: str = "") -> dict[str, str]:
    """Return what a caller may try of a video, by kind; `video.current_set` is loaded, `key` is a query or empty.

    Objects carry the signature that the caller is given, if it is given one.
    """
    api, media = f"/api/v1/videos/{video.id}", f"/videos/{video.id}/{video.current_set_id or NOBODY_ID}"
    shown = await ask(browser, f"{api}{key}")
    poster = shown.json["poster_url"] if shown.status == 200 else None
    prefix = StorageKey(video.current_set.prefix if video.current_set else f"videos/{video.id}/{NOBODY_ID}")
    signed = "".join((poster or "").partition("?")[1:])
    objects = await _objects_of(video)
    captions = await Caption.get_or_none(video_id=video.id)
    return {
        "page": f"/watch/{video.id}{key}",
        "api": f"{api}{key}",
        "status": f"{api}/status{key}",
        "events": f"{api}/events{key}",
        "master": f"{media}/master.m3u8{key}",
        "playlist": f"{media}/720p.m3u8{key}",
        "storyboard": f"{media}/storyboard.vtt{key}",
        **({"captions": f"/videos/{video.id}/captions/{captions.id}.vtt{key}"} if captions else {}),
        **{
            kind: site.services.storage.url(prefix.child(*name.split("/")), None) + signed
            for kind, name in objects.items()
        },
        "original": f"{api}/original",
    }


async def _objects_of(video: Video) -> dict[str, str]:
    """Return the name of one object of each kind."""
    top = await Rendition.get_or_none(rendition_set_id=video.current_set_id, name="720p")
    if video.current_set is None or top is None:
        return OBJECTS
    return {"poster": str(video.current_set.poster), "init": top.init, "segment": str(top.segments[0][0])}


async def ask(browser: Browser, path: str) -> Answer:
    """GET a path as a program; of a stream only its beginning."""
    async with browser.request("GET", path, headers={"Accept": "*/*"}) as got:
        streams = got.content_type == "text/event-stream"
        return Answer(got.status, got.headers, b"" if streams else await got.read(), got.cookies)


def plain(answer: Answer) -> tuple[int, bytes, dict[str, str]]:
    """Return what a caller can tell answers apart by."""
    headers = {name: value for name, value in answer.headers.items() if name.lower() not in ("date", "x-request-id")}
    return answer.status, answer.body, headers
