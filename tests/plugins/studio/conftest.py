"""Videos in every state a creator can meet."""

from typing import Protocol

import pytest

from core.testing.sites import Browser, Site
from tests.fakes.transcoder_instant import instant_video

NO_VIDEO = b"This is a text file, whatever its name says.".ljust(1024)


class MakeVideo(Protocol):
    """Uploads a video as the creator and returns its id; `processed` lets the jobs run."""

    async def __call__(
        self, title: str = ..., *, content: bytes = ..., processed: bool = ..., **fields: str
    ) -> str: ...


@pytest.fixture
def make_video(site: Site, studio: Browser) -> MakeVideo:
    async def make(
        title: str = "Night lake", *, content: bytes = instant_video(), processed: bool = True, **fields: str
    ) -> str:
        upload = await site.upload(studio, content, title=title, **fields)
        if processed:
            await site.work()
        return str(upload["video_id"])

    return make


@pytest.fixture
async def draft(studio: Browser) -> str:
    """The id of a video whose upload has only begun."""
    new = {"file_name": "clip.mp4", "size": 5000, "content_type": "video/mp4", "title": "Half of a lake"}
    return str((await studio.api("POST", "/uploads", new)).json["video_id"])
