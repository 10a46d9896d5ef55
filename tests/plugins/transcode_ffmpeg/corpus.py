"""A site as it is deployed, through which one file after the other goes; and what has to be true after each."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urljoin

import psutil

from core.app import running_worker
from core.models import Job, JobState, Role
from core.storage_audit import Tally, audit
from core.testing.sites import Browser, Site, open_site
from core.testing.verified import assert_verified
from core.verifying import Finding, Verified, over_http, verify

PLUGINS = {"storage_disk": None, "transcode_ffmpeg": None}
SETTINGS = {
    "storage_disk": {"min_free_bytes": 0},
    "uploads": {"daily": 0},
    # Two rungs for sources as small as the corpus has them: one to be made first, and borders that have to agree.
    "transcode_ffmpeg": {"ladder": [{"short_side": 360, "kbits": 800}, {"short_side": 144, "kbits": 200}]},
}
LONGEST_SECONDS = 60
_UNFINISHED = (JobState.READY, JobState.RUNNING)
_SOON = timedelta(seconds=2)
"""What is due later cleans up for those who watch, or who may still be at work: seconds or hours from now."""


@dataclass(frozen=True, slots=True)
class End:
    """How a file ended: its video's state, and the code and detail of what it failed with."""

    video_id: str
    state: str
    code: str | None
    detail: str | None
    seconds: float


@dataclass(slots=True)
class Corpus:
    """The site, its owner's browser, and the child processes there were before any file."""

    site: Site
    browser: Browser
    _children: set[psutil.Process]

    async def end_of(self, path: Path) -> End:
        """Upload a file and wait until all that follows is done. Raises TimeoutError after LONGEST_SECONDS."""
        started = time.monotonic()
        upload = await self.site.upload(self.browser, path.read_bytes(), file_name=path.name)
        video_id = str(upload["video_id"])
        async with asyncio.timeout(LONGEST_SECONDS):
            while await self._unfinished(video_id):
                await asyncio.sleep(0.02)
        status = (await self.browser.api("GET", f"/videos/{video_id}/status")).json
        failed = await Job.filter(subject=video_id, state=JobState.FAILED).first()
        return End(
            video_id,
            status["state"],
            failed.error_code if failed else None,
            failed.error_detail if failed else None,
            time.monotonic() - started,
        )

    async def verified(self, video_id: str) -> Verified:
        """Verify over HTTP what plays now."""
        return await assert_verified(await self._master(video_id), self.browser)

    async def findings(self, video_id: str) -> tuple[Finding, ...]:
        """Return all that is wrong with what plays now."""
        fetch = over_http(partial(self.browser.request, "GET"))
        return (await verify(fetch, urljoin(self.site.url, await self._master(video_id)))).findings

    async def assert_nothing_left(self, video_id: str) -> None:
        """Fail unless every job took one attempt of the one worker, and nothing is left that no row names."""
        jobs = await Job.filter(subject=video_id).exclude(state=JobState.READY)
        troubled = [(job.kind, job.attempts, job.error_detail) for job in jobs if job.attempts != 1]
        assert troubled == [], "jobs that were tried more than once"
        assert len({job.worker for job in jobs}) == 1
        assert list(self.data.joinpath("work").glob("*")) == []
        assert set(psutil.Process().children(recursive=True)) <= self._children
        services = self.site.services
        found = [each async for each in audit(services, [services.storage.name], Tally(), deep=False, mend=False)]
        assert found == []

    @property
    def data(self) -> Path:
        """The folder in which the site keeps everything."""
        return self.site.services.settings.data_dir

    async def _master(self, video_id: str) -> str:
        view = (await self.browser.api("GET", f"/videos/{video_id}")).json
        return str(view["hls_url"])

    async def _unfinished(self, video_id: str) -> bool:
        soon = datetime.now(UTC) + _SOON
        return await Job.filter(subject=video_id, state__in=_UNFINISHED, run_at__lt=soon).exists()


@asynccontextmanager
async def open_corpus(data: Path) -> AsyncIterator[Corpus]:
    """Open a site with a worker inside."""
    async with open_site(data, PLUGINS, SETTINGS) as site, running_worker(site.services):
        browser = await site.browser(await site.user("ada", Role.CREATOR))
        yield Corpus(site, browser, set(psutil.Process().children(recursive=True)))
