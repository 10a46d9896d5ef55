"""What the tests of hooks share."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from core.models import Video
from core.testing.sites import Browser, Site
from tests.fakes.transcoder_instant import instant_video

Opener = Callable[..., AbstractAsyncContextManager[Site]]
"""`site_with(*implementations, built_in=(), **settings)`."""

UPLOAD = {"file_name": "clip.mp4", "size": 2000, "content_type": "video/mp4"}


async def publish(site: Site, browser: Browser, content: bytes | None = None) -> Video:
    """Upload a file, run every job, and return the video."""
    upload: dict[str, Any] = await site.upload(browser, content or instant_video())
    await site.work()
    return await Video.get(id=upload["video_id"])
