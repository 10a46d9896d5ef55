"""A site that has nothing but the catalog and what it cannot be without, and videos for it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.models import RenditionSet, User, Video, Visibility
from core.testing.sites import Browser, Site, open_site
from tests.fakes import storage_memory, transcoder_instant

PLUGINS = {"storage_memory": storage_memory, "transcoder_instant": transcoder_instant, "catalog": None}
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

VideoMaker = Callable[..., Awaitable[Video]]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """Pages of two videos, so that a test needs few to turn one."""
    async with open_site(tmp_path / "data", PLUGINS, {"catalog": {"page_size": 2, "up_next": 3}}) as opened:
        yield opened


@pytest.fixture
async def creator_browser(site: Site, creator: User) -> Browser:
    """The creator's browser."""
    return await site.browser(creator)


@pytest.fixture
def a_video(creator: User) -> VideoMaker:
    """Makes videos; each is public, complete and published at noon unless told otherwise."""

    async def make(
        title: str = "A clip",
        *,
        owner: User = creator,
        minutes: float = 0,
        visibility: Visibility = Visibility.PUBLIC,
        published: bool = True,
        complete: bool | None = True,
        description: str = "",
    ) -> Video:
        """`minutes` after noon; `complete` is None where there is nothing to play yet."""
        video = await Video.create(owner=owner, title=title, visibility=visibility, description=description)
        if complete is not None:
            prefix = f"videos/{video.id}/set"
            video.current_set = await RenditionSet.create(
                video=video, storage="storage_memory", prefix=prefix, complete=complete, duration=62.0
            )
        video.published_at = NOON + timedelta(minutes=minutes) if published else None
        await video.save()
        return video

    return make
