"""A site of fakes, a moderation plugin that does as it is told, and a watch over what is announced and logged."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.typing import EventDict

from core.models import Video
from core.testing.sites import Browser, Site, open_site
from tests.core.videos import observer
from tests.core.videos.stages import CHUNKS
from tests.core.videos.uploading import LIMITS, NEW
from tests.fakes import storage_memory, transcoder_instant
from tests.fakes.transcoder_instant import instant_video

PLUGINS = {"storage_memory": storage_memory, "transcoder_instant": transcoder_instant, "observer": observer}
BROKEN = {"unhandled", "job_error", "job_failed_unhandled", "job_end_not_stored"}

Opener = Callable[..., AbstractAsyncContextManager[Site]]


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[EventDict]]:
    """Everything logged in the test; an error nobody handled fails it, unless the test removed the entry."""
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as entries:
        yield entries
    broken = [entry for entry in entries if entry["event"] in BROKEN]
    assert not broken, broken


@pytest.fixture(autouse=True)
def watch(monkeypatch: pytest.MonkeyPatch) -> observer.Watch:
    """What the observer plugin was told, and what it is to answer."""
    monkeypatch.setattr(observer, "watch", observer.Watch())
    return observer.watch


@pytest.fixture
def opener(tmp_path: Path) -> Opener:
    """Opens such a site, with `settings` by keyword."""
    return partial(open_site, tmp_path / "data", PLUGINS)


@pytest.fixture
async def site(opener: Opener) -> AsyncIterator[Site]:
    async with opener(settings={"uploads": LIMITS, "chunks": CHUNKS}) as opened:
        yield opened


@pytest.fixture
async def video_id(site: Site, studio: Browser) -> str:
    """A public video of the creator, uploaded but not processed."""
    return str((await site.upload(studio, instant_video()))["video_id"])


@pytest.fixture
async def published(site: Site, video_id: str) -> Video:
    """The same, completely processed."""
    await site.work()
    return await Video.get(id=video_id).select_related("owner", "current_set")


@pytest.fixture
async def upload(studio: Browser) -> dict[str, Any]:
    """An open upload of three parts."""
    created = await studio.api("POST", "/uploads", NEW)
    assert created.status == 201, created.text
    opened: dict[str, Any] = created.json
    return opened
