"""The old version of a video can be kept as long as another file has not taken its place."""

from typing import Any

import pytest

from core.models import Job, JobState
from core.testing.sites import Browser, Site
from core.videos.runs import CHUNK, COPY, PROBE
from tests.core.videos.failing import status_of
from tests.core.videos.replacements import BAD, LONGER, complete, duration, keep, replaced, sent
from tests.core.videos.stages import at_stage, run_only
from tests.fakes.transcoder_instant import instant_video


@pytest.mark.parametrize("act", ["retry", "keep and retry", "keep and replace", "replace"])
async def test_after_a_failed_replacement_everything_can_be_done(site: Site, studio: Browser, act: str) -> None:
    video_id, _ = await replaced(site, studio, "failed")
    status = await status_of(studio, video_id)
    assert (status["state"], status["playable"], status["failure"]["code"]) == ("failed", True, "unsupported_format")
    if "keep" in act:
        await keep(studio, video_id)
    if "retry" in act:
        assert (await studio.api("POST", f"/videos/{video_id}/retry", {})).status == 202
    else:
        await complete(studio, await sent(site, studio, video_id, LONGER))
    await site.work()
    assert (await status_of(studio, video_id))["state"] == ("failed" if act == "retry" else "published")
    assert await duration(video_id) == (12 if "replace" in act else 6)


async def test_processing_log_tells_of_the_version_that_was_kept(site: Site, studio: Browser) -> None:
    video_id = await at_stage(site, studio, "published")
    log: dict[str, Any] = (await studio.api("GET", f"/videos/{video_id}/processing")).json
    await complete(studio, await sent(site, studio, video_id, BAD))
    await site.work()
    assert (await studio.api("GET", f"/videos/{video_id}/processing")).json["run"] != log["run"]
    await keep(studio, video_id)
    assert (await studio.api("GET", f"/videos/{video_id}/processing")).json == log


@pytest.mark.parametrize("stage", ["published", "chunk", "copy"])
async def test_keeping_without_another_file_changes_nothing(site: Site, studio: Browser, stage: str) -> None:
    video_id = await at_stage(site, studio, stage)
    before = await status_of(studio, video_id)
    answer = await keep(studio, video_id)
    if stage == "copy":
        assert (answer.status, answer.json["code"]) == (409, "nothing_to_keep")
    else:
        assert (answer.status, answer.json) == (200, before)
    await site.work()
    assert (await status_of(studio, video_id))["state"] == "published"


async def test_first_version_that_was_cut_off_by_another_file_can_be_kept(site: Site, studio: Browser) -> None:
    video_id = await at_stage(site, studio, "chunk")
    await complete(studio, await sent(site, studio, video_id, BAD))
    await site.work()
    status = (await keep(studio, video_id)).json
    assert (status["state"], status["playable"], status["replacement"]) == ("cancelled", True, False)
    await studio.api("POST", f"/videos/{video_id}/retry", {})
    await site.work()
    assert (await status_of(studio, video_id))["state"] == "published"
    assert await duration(video_id) == 6


async def test_another_file_of_a_video_that_never_played_is_no_replacement(site: Site, studio: Browser) -> None:
    video_id = await at_stage(site, studio, "failed")
    await complete(studio, await sent(site, studio, video_id, instant_video(seconds=60)))
    for kind in (PROBE, COPY):
        await run_only(site, [kind])
    status = await status_of(studio, video_id)
    assert (status["playable"], status["replacement"]) == (True, False)
    await keep(studio, video_id)
    assert await Job.filter(kind=CHUNK, state=JobState.READY).exists()


@pytest.mark.parametrize("who", ["bob", "nobody"])
async def test_nobody_else_decides(site: Site, studio: Browser, client: Browser, who: str) -> None:
    video_id, _ = await replaced(site, studio, "failed")
    browser = client if who == "nobody" else await site.browser(await site.user("bob"))
    assert (await keep(browser, video_id)).status == (401 if who == "nobody" else 404)
    assert (await status_of(studio, video_id))["replacement"] is True
