"""Another file for a video, on either database: the one that was asked for last wins, and the old one can be kept."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.models import EncodedPart, Job, JobState, Video
from core.storage import StorageKey
from core.testing.sending import keys_below
from core.testing.sites import Browser, Site, open_site
from core.videos.runs import COPY, PROBE, PROCESSING
from tests.core.videos.conftest import PLUGINS
from tests.core.videos.failing import status_of
from tests.core.videos.replacements import (
    LONG,
    LONGER,
    assert_nothing_else_is_kept,
    complete,
    duration,
    keep,
    replaced,
    sent,
)
from tests.core.videos.stages import CHUNKS, at_stage, run_only
from tests.core.videos.uploading import LIMITS


@pytest.fixture
async def site(tmp_path: Path, database_url: str) -> AsyncIterator[Site]:
    settings = {"uploads": LIMITS, "chunks": CHUNKS, "database": {"url": database_url}}
    async with open_site(tmp_path / "data", PLUGINS, settings) as opened:
        yield opened


WORKED = {"never": [], "between": [*PROCESSING], "by halves": [PROBE, COPY]}


@pytest.mark.parametrize("worked", WORKED)
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_file_that_was_asked_for_last_wins_r_3(
    site: Site, studio: Browser, order: tuple[int, int], worked: str
) -> None:
    video_id = await at_stage(site, studio, "published")
    uploads = [await sent(site, studio, video_id, content) for content in (LONG, LONGER)]
    for number, expected in zip(order, [200, 200 if order == (0, 1) else 409], strict=True):
        assert (await complete(studio, uploads[number])).status == expected
        for kind in WORKED[worked]:
            await run_only(site, [kind])
    await site.work()
    assert await duration(video_id) == 12
    assert (await status_of(studio, video_id))["state"] == "published"
    await assert_nothing_else_is_kept(site, studio, uploads[1])


async def test_file_that_was_asked_for_last_wins_when_both_are_complete_at_once_r_3(
    site: Site, studio: Browser
) -> None:
    video_id = await at_stage(site, studio, "published")
    uploads = [await sent(site, studio, video_id, content) for content in (LONG, LONGER)]
    answers = await asyncio.gather(*(complete(studio, upload_id) for upload_id in uploads))
    assert (answers[0].status in (200, 409), answers[1].status) == (True, 200)
    await site.work()
    assert await duration(video_id) == 12
    await assert_nothing_else_is_kept(site, studio, uploads[1])


async def test_file_that_came_too_late_is_told_so_and_disturbs_nobody(site: Site, studio: Browser) -> None:
    video_id = await at_stage(site, studio, "published")
    first, last = [await sent(site, studio, video_id, content) for content in (LONG, LONGER)]
    await complete(studio, last)
    await run_only(site, [PROBE])
    answer = await complete(studio, first)
    assert (answer.status, answer.json["code"]) == (409, "upload_overtaken")
    assert await Job.filter(kind=COPY, state=JobState.READY).count() == 1
    assert (await complete(studio, first)).status == 404
    assert (await complete(studio, last)).status == 200


HOW = ["failed", "waiting", "probed", "copied", "stopped"]


@pytest.mark.parametrize("how", HOW)
async def test_old_version_can_be_kept_and_nothing_of_the_other_file_stays_r_3(
    site: Site, studio: Browser, client: Browser, how: str
) -> None:
    video_id, before = await replaced(site, studio, how)
    assert (await status_of(studio, video_id))["replacement"] is True
    assert (await client.get((await client.api("GET", f"/videos/{video_id}")).json["hls_url"])).status == 200
    status = (await keep(studio, video_id)).json
    assert (status["state"], status["failure"], status["replacement"]) == ("published", None, False)
    assert {step["state"] for step in status["steps"]} == {"done"}
    await site.work()
    after = await Video.get(id=video_id)
    assert (after.current_set_id, after.plan) == (before.current_set_id, before.plan)
    assert not await EncodedPart.exists()
    (original,) = await keys_below(site.services.storage, StorageKey("originals"))
    await assert_nothing_else_is_kept(site, studio, original.rpartition("/")[2])
