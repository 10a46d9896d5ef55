"""When everything works again: the jobs come to their end, and every promise is looked after."""

from core.models import Job, JobState, Upload, UploadState, Video
from core.services import Services
from core.storage import StorageKey
from core.storage_audit import Tally, audit
from core.testing.sending import content_of
from core.videos.runs import PROCESSING
from tests.chaos.leftovers import leftovers, missing, sweep, wake
from tests.chaos.mishaps import Step
from tests.chaos.plans import OLDER, OLDER_SECONDS, Ending
from tests.chaos.recording import assert_history
from tests.chaos.stage import Stage, Trial
from tests.chaos.viewer import original, watch

_TRIES = 12
_SEGMENTS = 2 * 2
"""Of picture and sound: what a playlist names, a beginning and one segment of four seconds."""


async def process(stage: Stage, services: Services) -> None:
    """Let the jobs run, with what happens to them, and try again what has failed, until the video is published."""
    for _ in range(_TRIES):
        async with stage.trying(Step.WORK) as trial:
            await services.worker().drain()
        failed = await Job.filter(state=JobState.FAILED).values("kind", "error_code", "error_detail")
        stage.journal.tell(f"worked; failed so far: {failed}")
        await _accepted(stage)
        awaited = any(mishap.step is Step.WORK for mishap in stage.plan.mishaps)
        if await _is_published() and not trial.happened and not awaited:
            stage.journal.accepted.discard(stage.journal.older)
            return
        await wake(JobState.RUNNING)
        await wake(JobState.READY, kinds=PROCESSING)  # a job waits for room, for one
        async with stage.browser() as browser:
            answer = await browser.api("POST", f"/videos/{(await Video.get()).id}/retry", {})
            assert answer.status == 202, answer.text
    raise AssertionError(f"the video was not published in {_TRIES} tries")


async def check_aftermath(stage: Stage, services: Services) -> None:
    """Process and sweep, and see that what was accepted is there byte for byte, and nothing that no row knows."""
    await _check_accepted(stage, services)
    if stage.plan.finishes:
        await process(stage, services)
    if stage.plan.ending is Ending.DELETES:
        await _erase(stage, services)
    await sweep(services)
    await _check_accepted(stage, services)
    assert await missing(services) == []
    assert await leftovers(services) == []
    assert await Upload.all().count() == await Video.all().count() == len(stage.journal.accepted)
    await _check_audit(stage, services)
    if stage.journal.accepted:
        async with stage.browser() as browser:
            assert await watch(browser, (await Video.get()).id) == _SEGMENTS
    assert_history(services.settings.data_dir, clients=stage.journal.seen)


async def _erase(stage: Stage, services: Services) -> None:
    """Delete the video for good, whatever happens to that."""
    async with stage.browser() as browser:
        assert (await browser.api("DELETE", f"/videos/{(await Video.get()).id}")).status == 204
    stage.journal.accepted.clear()
    trial = Trial(happened=True)
    while trial.happened:
        async with stage.trying(Step.ERASE) as trial:
            await sweep(services)


async def _check_audit(stage: Stage, services: Services) -> None:
    """The site's own audit finds nothing, and its owner pays for every byte that is stored, and for no other."""
    tally = Tally()
    found = [each async for each in audit(services, services.storages, tally, deep=True, mend=False)]
    assert found == []
    async with stage.browser() as browser:
        use = (await browser.api("GET", "/storage")).json
    assert (use["used"], use["reserved"], use["deleted"]) == (tally.size, 0, 0)


async def _is_published() -> bool:
    current = (await Video.get().select_related("current_set")).current_set
    return current is not None and current.complete and current.duration < OLDER_SECONDS


async def _accepted(stage: Stage) -> list[Upload]:
    """Return the accepted uploads. Only the publication of a newer one may take one away."""
    accepted = await Upload.filter(state=UploadState.ACCEPTED)
    lost = stage.journal.accepted - {upload.id for upload in accepted}
    assert lost <= {stage.journal.older}
    assert not lost or await _is_published(), "the file that is still played is gone"
    assert len(accepted) == len(stage.journal.accepted - lost)
    return accepted


async def _check_accepted(stage: Stage, services: Services) -> None:
    """Every upload that was acknowledged is accepted, and every accepted one can be downloaded as it was sent."""
    for upload in await _accepted(stage):
        if upload.id == stage.journal.older:
            assert await content_of(services.storages[upload.storage], StorageKey(upload.key)) == OLDER
            continue
        async with stage.browser() as browser:
            content = await original(browser, upload.video_id)
        assert content == stage.plan.content, f"{len(content)} bytes came back, and not those that were sent"
