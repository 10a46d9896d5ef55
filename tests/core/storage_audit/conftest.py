"""A site with two storages in memory, and an audit of both."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from core.models import Upload, Video
from core.storage import composite_of
from core.storage_audit import Discrepancy, Tally, audit
from core.testing.sites import Browser, Site, open_site
from tests.core.videos.conftest import PLUGINS
from tests.core.videos.uploading import due
from tests.fakes.storage_memory import MemoryStorage
from tests.fakes.transcoder_instant import instant_video

PART = 1024
CONTENT = instant_video().ljust(3 * PART - 100)
SETTINGS = {
    "uploads": {"part_size": PART, "max_size": 1_000_000},
    "storage": {"primary": "storage_memory"},
    "storage_memory": {"also": ["attic"]},
}

Look = Callable[..., Awaitable[list[Discrepancy]]]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path / "data", PLUGINS, SETTINGS) as opened:
        yield opened


@pytest.fixture
def memory(site: Site) -> MemoryStorage:
    """The storage that takes what is new."""
    assert isinstance(site.services.storage, MemoryStorage)
    return site.services.storage


@pytest.fixture
def attic(site: Site) -> MemoryStorage:
    """The other storage."""
    found = site.services.storages["attic"]
    assert isinstance(found, MemoryStorage)
    return found


@pytest.fixture
def look(site: Site) -> Look:
    """Audits every storage, and returns what differs."""

    async def run(tally: Tally | None = None, *, deep: bool = False, mend: bool = False) -> list[Discrepancy]:
        found = audit(site.services, site.services.storages, tally or Tally(), deep=deep, mend=mend)
        return [each async for each in found]

    return run


@pytest.fixture
async def video(site: Site, studio: Browser) -> Video:
    """A published video of the creator, behind which all is swept, with the checksum of its original."""
    video_id = (await site.upload(studio, CONTENT))["video_id"]
    await site.work()
    await due(site, "videos.sweep_attempts")
    upload = await Upload.get(video_id=video_id)
    content = site.services.storage.read(upload.target.key)
    await Upload.filter(id=upload.id).update(checksum=await composite_of(content, upload.part_size))
    return await Video.get(id=video_id).select_related("current_set")
