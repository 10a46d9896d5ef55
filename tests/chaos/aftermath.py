"""When everything works again: the jobs come to their end, and every promise is looked after."""

from core.models import Job, JobState, Upload, UploadState, Video
from core.services import Services
from tests.chaos.leftovers import leftovers, missing, sweep, wake
from tests.chaos.mishaps import Step
from tests.chaos.plans import Ending
from tests.chaos.stage import Stage
from tests.chaos.viewer import original, watch

_TRIES = 12
_SEGMENTS = 2 * 2
"""Of picture and sound: what a playlist names, a beginning and one segment of four seconds."""


async def process(stage: Stage, services: Services) -> None:
    """Let the jobs run, with what happens to them, and try again what has failed, until the video is published."""
    for _ in range(_TRIES):
        async with stage.trying(Step.WORK) as troubled:
            await services.worker().drain()
        failed = await Job.filter(state=JobState.FAILED).values("kind", "error_code", "error_detail")
        stage.journal.tell(f"worked; failed so far: {failed}")
        video = await Video.get().select_related("current_set")
        if not troubled and video.current_set is not None and video.current_set.complete:
            return
        await wake(JobState.RUNNING)
        async with stage.browser() as browser:
            answer = await browser.api("POST", f"/videos/{video.id}/retry", {})
            assert answer.status == 202, answer.text
    raise AssertionError(f"the video was not published in {_TRIES} tries")


async def check_aftermath(stage: Stage, services: Services) -> None:
    """Process and sweep, and see that what was accepted is there byte for byte, and nothing that no row knows."""
    await _check_accepted(stage)
    if stage.plan.finishes:
        await process(stage, services)
    if stage.plan.ending is Ending.DELETES:
        await _erase(stage, services)
    await sweep(services)
    await _check_accepted(stage)
    assert await missing(services) == []
    assert await leftovers(services) == []
    assert await Upload.all().count() == await Video.all().count() == len(stage.journal.accepted)
    if stage.plan.ending is Ending.FINISHES:
        async with stage.browser() as browser:
            assert await watch(browser, (await Video.get()).id) == _SEGMENTS


async def _erase(stage: Stage, services: Services) -> None:
    """Delete the video for good, whatever happens to that."""
    async with stage.browser() as browser:
        assert (await browser.api("DELETE", f"/videos/{(await Video.get()).id}")).status == 204
    stage.journal.accepted.clear()
    troubled = True
    while troubled:
        async with stage.trying(Step.ERASE) as troubled:
            await sweep(services)


async def _check_accepted(stage: Stage) -> None:
    """Every upload that was acknowledged is accepted, and every accepted one can be downloaded as it was sent."""
    accepted = await Upload.filter(state=UploadState.ACCEPTED)
    assert {upload.id for upload in accepted} == stage.journal.accepted
    async with stage.browser() as browser:
        for upload in accepted:
            content = await original(browser, upload.video_id)
            assert content == stage.plan.content, f"{len(content)} bytes came back, and not those that were sent"
