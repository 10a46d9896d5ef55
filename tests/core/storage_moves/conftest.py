"""A site of two memories, a video in one of them, and an eye on what is stored."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.models import Video
from core.testing.sites import Browser, Site, open_site
from core.videos.keeping import retry_video
from tests.core.storage_moves.watching import PLUGINS, SETTINGS, Mover, Viewer, memory_of
from tests.fakes.storage_memory import MemoryStorage
from tests.fakes.transcoder_instant import instant_video


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path / "data", PLUGINS, SETTINGS) as opened:
        yield opened


@pytest.fixture
def house(site: Site) -> MemoryStorage:
    """The storage that takes new objects."""
    return memory_of(site, "storage_memory")


@pytest.fixture
def attic(site: Site) -> MemoryStorage:
    """The other one."""
    return memory_of(site, "attic")


@pytest.fixture
async def video(site: Site, studio: Browser) -> Video:
    """A public video in the house, processed twice; the set of the first time is still there for who watches it."""
    upload = await site.upload(studio, instant_video())
    await site.work()
    await retry_video(site.services, await Video.get(id=upload["video_id"]))
    await site.work()
    return await Video.get(id=upload["video_id"]).select_related("owner", "current_set")


@pytest.fixture
def mover(site: Site) -> Mover:
    """Whoever runs the command."""
    return Mover(site)


@pytest.fixture
async def viewer(client: Browser, video: Video) -> Viewer:
    """A stranger who watches the video."""
    return Viewer(client, video.id)
