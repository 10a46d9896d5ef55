"""Fixtures for every test: a site with instant fakes for storage and transcoder, and people to use it."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
import structlog
from structlog.typing import EventDict

from core.models import Role, User
from core.testing.media import make_clip
from core.testing.media.clips import H264
from core.testing.sites import Browser, Site, open_site
from tests.fakes import storage_memory, transcoder_instant

pytest_plugins = ["tests.postgres", "tests.s3_servers", "tests.scaled", "tests.valkey"]

SiteOpener = Callable[..., AbstractAsyncContextManager[Site]]

EMBEDDED = {
    "auth_email": None,
    "mail_file": None,
    "storage_memory": storage_memory,
    "transcoder_instant": transcoder_instant,
    "catalog": None,
    "studio": None,
    "captions": None,
}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> "pytest.TestReport":  # type: ignore[misc]  # a generator by design
    report: pytest.TestReport = yield
    if os.environ.get("CI") == "true" and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and under CI a skip is a failure: {report.longrepr}"
    return report


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[EventDict]]:
    """Everything logged in the test; an error that no code handled fails it, unless the test removed the entry."""
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as entries:
        yield entries
    print(*entries, sep="\n")  # noqa: T201 - pytest shows it where a test fails
    assert not [entry for entry in entries if entry["event"] == "unhandled"]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A site with every built-in plugin, but storage and transcoder that work in memory and at once."""
    async with open_site(tmp_path / "data", EMBEDDED) as opened:
        yield opened


@pytest.fixture
async def client(site: Site) -> Browser:
    """A browser nobody is signed in with."""
    return await site.browser()


@pytest.fixture
async def creator(site: Site) -> User:
    """A user who may upload."""
    return await site.user("ada", Role.CREATOR)


@pytest.fixture
async def studio(site: Site, creator: User) -> Browser:
    """The creator's browser."""
    return await site.browser(creator)


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A second of 640x360 that browsers play as it is, so that every step of the flow happens."""
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    # Few enough bits to be offered without re-encoding.
    asyncio.run(make_clip(path, seconds=1, size=(640, 360), options=(*H264, "-crf", "30")))
    return path.read_bytes()
