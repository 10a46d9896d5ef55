"""A video with captions, and what sends them."""

import io
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from core.models import Video
from core.testing.sites import Answer, Browser, Site
from tests.fakes.transcoder_instant import instant_video

VTT = b"WEBVTT\n\n00:01.000 --> 00:02.500\nGood <b>morning</b>\n"
SRT = b"1\r\n00:00:01,000 --> 00:00:02,500\r\nGuten <i>Morgen</i>\r\n"

Put = Callable[..., Awaitable[Answer]]


@pytest.fixture
async def video(site: Site, studio: Browser) -> Video:
    """A public video of six seconds."""
    upload = await site.upload(studio, instant_video())
    await site.work()
    return await Video.get(id=upload["video_id"])


@pytest.fixture
def put(studio: Browser, video: Video) -> Put:
    """Sends captions by the API, as the creator unless told otherwise."""

    async def send(content: bytes = VTT, *, browser: Browser = studio, of: str = video.id, **query: Any) -> Answer:
        path, headers = f"/api/v1/videos/{of}/captions", {"Content-Type": "text/vtt", "Accept": "application/json"}
        sent = {"params": {"language": "en", **query}, "data": io.BytesIO(content), "headers": headers}
        async with browser.request("PUT", path, **sent) as response:
            return Answer(response.status, response.headers, await response.read(), response.cookies)

    return send
