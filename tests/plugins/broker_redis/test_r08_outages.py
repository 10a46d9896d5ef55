"""R-8: uploads are accepted and processed whatever becomes of the broker. Every machine is a process of its own."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from core.models import Job
from core.testing.sites import Browser
from tests.fakes.transcoder_instant import instant_video
from tests.plugins.broker_redis.conftest import listeners
from tests.scaled import SCALED, ScaledSite, open_scaled
from tests.valkey import Valkey

pytestmark = [pytest.mark.slow, pytest.mark.serial]

USUAL = {"sweep": 5, "heartbeat": 10, "lease": 30}
"""The times of production. Seconds."""
NO_SWEEP = {**USUAL, "sweep": 3600}
R_8_SECONDS = 15

SiteOpener = Callable[..., AbstractAsyncContextManager[ScaledSite]]


@pytest.fixture
def open_site_with(scaled_tables: dict[str, dict[str, Any]], tmp_path: Path) -> SiteOpener:
    """Open a scaled site with other [jobs] than the usual ones."""

    @asynccontextmanager
    async def opening(*, workers: int = 1, **jobs: float) -> AsyncIterator[ScaledSite]:
        tables = {**scaled_tables, "jobs": jobs}
        async with open_scaled(tmp_path, [*SCALED, "transcoder_instant"], tables, workers=workers) as site:
            yield site

    return opening


async def creators(site: ScaledSite) -> Browser:
    """Return the browser of somebody who uploads."""
    return await site.browser(await site.user())


async def published(browser: Browser, *uploads: dict[str, Any], within: float) -> None:
    """Wait until all videos are published; TimeoutError when they are not in time."""
    async with asyncio.timeout(within):
        for upload in uploads:
            while (status := (await browser.api("GET", f"/videos/{upload['video_id']}/status")).json)["state"] != (
                "published"
            ):
                assert status["state"] != "failed", status
                await asyncio.sleep(0.1)


async def test_r_8_ring_alone_starts_the_work_on_other_machines_even_where_memory_is_full(
    open_site_with: SiteOpener, valkey: Valkey
) -> None:
    async with open_site_with(workers=2, **NO_SWEEP) as site:
        browser = await creators(site)
        await site.start_workers()
        await listeners(valkey, 2)
        with valkey.client() as client:
            client.config_set("maxmemory", "1")
        await published(browser, await site.upload(browser, instant_video()), within=R_8_SECONDS)


async def test_r_8_uploads_are_accepted_while_the_broker_is_away_and_it_is_heard_again_when_it_comes_back_empty(
    open_site_with: SiteOpener, valkey: Valkey
) -> None:
    async with open_site_with(**USUAL) as site:
        browser = await creators(site)
        await site.start_workers()
        await listeners(valkey, 1)
        valkey.kill()
        uploads = [await site.upload(browser, instant_video()) for _ in range(5)]
        valkey.start()
        async with asyncio.timeout(R_8_SECONDS):
            await listeners(valkey, 1)
            await published(browser, *uploads, within=R_8_SECONDS)


async def test_r_8_requests_and_jobs_go_on_while_the_broker_is_a_black_hole(
    open_site_with: SiteOpener, valkey: Valkey
) -> None:
    async with open_site_with(**USUAL) as site:
        browser = await creators(site)
        await site.start_workers()
        await listeners(valkey, 1)
        with valkey.frozen():
            began = time.monotonic()
            upload = await site.upload(browser, instant_video())  # three requests, of which two enqueue
            took = time.monotonic() - began
            assert (await browser.get("/readyz")).status == 200
            await published(browser, upload, within=30)
        assert took < 20


async def test_r_8_job_of_a_worker_killed_with_the_only_message_is_taken_over(
    open_site_with: SiteOpener, valkey: Valkey
) -> None:
    async with open_site_with(workers=2, sweep=1, heartbeat=2, lease=5, first_delay=0) as site:
        browser = await creators(site)
        upload = await site.upload(browser, instant_video())
        job = await Job.filter(subject=upload["video_id"]).order_by("run_at").first()
        assert job is not None
        doomed, heir = site.workers
        await doomed.start(f"{job.kind}:before-commit")
        async with asyncio.timeout(60):
            while doomed.alive:
                await asyncio.sleep(0.05)
        await heir.start()
        await published(browser, upload, within=5 + R_8_SECONDS)
        await job.refresh_from_db()
        assert (job.state, job.attempts, job.fence) == ("done", 2, 2)
