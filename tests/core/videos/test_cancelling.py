"""Processing can be stopped at every step and tried again; what fails in one chunk ends the whole run (R-3)."""

import asyncio
from typing import Any

import pytest

from core.models import EncodedPart, Job, JobState, RenditionSet, Video
from core.storage import StorageKey
from core.testing.sites import Browser, Site
from core.transcoding import Chunk, EncodedSet, MediaRejected, Plan, Reason
from core.videos.runs import CHUNK, PROCESSING, SOUND
from tests.core.videos import observer
from tests.core.videos.failing import status_of
from tests.core.videos.stages import STEPS, at_stage, objects_without_rows, run_only, unfinished
from tests.core.videos.uploading import due
from tests.fakes.transcoder_instant import InstantTranscoder, instant_video

COPIED = ("chunk", "finish")
"""The steps at which the source can be watched as it is."""


async def cancel(browser: Browser, video_id: str) -> dict[str, Any]:
    answer = await browser.api("POST", f"/videos/{video_id}/cancel", {})
    assert answer.status == 200, answer.text
    status: dict[str, Any] = answer.json
    return status


@pytest.mark.parametrize("stage", STEPS)
async def test_cancelled_work_leaves_nothing_and_can_be_tried_again(site: Site, studio: Browser, stage: str) -> None:
    video_id = await at_stage(site, studio, stage)
    status = await cancel(studio, video_id)
    assert (status["state"], status["playable"]) == ("cancelled", stage in COPIED)
    assert not await Job.filter(kind__in=PROCESSING, state__in=[JobState.READY, JobState.RUNNING]).exists()
    await site.work()
    await due(site, "videos.sweep_attempts")
    assert await objects_without_rows(site) == set()
    assert not await EncodedPart.exists()
    assert await RenditionSet.filter(growing=True).count() == 0
    assert (await studio.api("POST", f"/videos/{video_id}/retry", {})).status == 202
    await site.work()
    assert (await status_of(studio, video_id))["state"] == "published"


@pytest.mark.parametrize("stage", ["published", "failed"])
async def test_cancelling_what_is_not_under_way_changes_nothing(site: Site, studio: Browser, stage: str) -> None:
    video_id = await at_stage(site, studio, stage)
    before = await status_of(studio, video_id)
    assert await cancel(studio, video_id) == before
    sweeps = {"published": 1, "failed": 2}[stage]
    assert await unfinished(video_id) == ["uploads.expire", *["videos.sweep_attempts"] * sweeps]


@pytest.mark.parametrize("stage", STEPS)
async def test_cancelled_second_run_leaves_the_first_alone(site: Site, studio: Browser, stage: str) -> None:
    video_id = await at_stage(site, studio, stage)
    await site.work()
    before = await RenditionSet.get()
    await studio.api("POST", f"/videos/{video_id}/retry", {})
    for kind in STEPS[stage]:
        await run_only(site, [kind])
    assert (await cancel(studio, video_id))["state"] == "published"
    await due(site, "videos.sweep_attempts")
    assert [row.id for row in await RenditionSet.all()] == [before.id]
    assert await objects_without_rows(site) == set()


async def test_running_encoders_are_stopped(
    site: Site, studio: Browser, video_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def encode(*_: object) -> EncodedSet:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        raise AssertionError("nobody lets this go on")

    monkeypatch.setattr(site.services.transcoder, "encode", encode, raising=False)
    working = asyncio.create_task(site.work())
    await asyncio.wait_for(begun.wait(), 10)
    await cancel(studio, video_id)
    await asyncio.wait_for(stopped.wait(), 10)
    await working
    assert (await status_of(studio, video_id))["state"] == "cancelled"


@pytest.mark.parametrize("who", ["bob", "nobody"])
async def test_nobody_else_can_cancel(site: Site, client: Browser, video_id: str, who: str) -> None:
    browser = client if who == "nobody" else await site.browser(await site.user("bob"))
    answer = await browser.api("POST", f"/videos/{video_id}/cancel", {})
    assert answer.status == (401 if who == "nobody" else 404)
    assert await unfinished(video_id) != []


def fail_chunk(monkeypatch: pytest.MonkeyPatch, index: int) -> None:
    encode = InstantTranscoder.encode

    async def failing(self: InstantTranscoder, source: Any, plan: Plan, chunk: Chunk, *others: Any) -> EncodedSet:
        if chunk.index == index:
            raise MediaRejected(Reason.OUTPUT_LIMIT, "it grows and grows")
        return await encode(self, source, plan, chunk, *others)

    monkeypatch.setattr(InstantTranscoder, "encode", failing)


@pytest.mark.parametrize("index", range(3))
async def test_failed_chunk_ends_the_run_and_half_a_video_is_taken_away(
    site: Site, studio: Browser, watch: observer.Watch, monkeypatch: pytest.MonkeyPatch, index: int
) -> None:
    fail_chunk(monkeypatch, index)
    upload = await site.upload(studio, instant_video(seconds=60, codec="vp9"))
    await site.work()
    status = await status_of(studio, upload["video_id"])
    assert (status["state"], status["failure"]["code"], status["playable"]) == ("failed", "output_limit", False)
    assert [job.state for job in await Job.filter(kind=CHUNK).order_by("run_at")] == [
        *["done"] * index, "failed", *["cancelled"] * (2 - index),
    ]  # fmt: skip
    assert (await Video.get()).current_set_id is None
    await due(site, "videos.sweep_attempts")
    assert await objects_without_rows(site) == set()
    assert watch.heard.count("failed: output_limit") == 1
    assert not await EncodedPart.exists()


async def test_failed_chunk_leaves_the_copy_to_be_watched(
    site: Site, studio: Browser, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        fail_chunk(broken, 1)
        upload = await site.upload(studio, instant_video(seconds=60))
        await site.work()
    status = await status_of(client, upload["video_id"])
    assert (status["state"], status["playable"]) == ("failed", True)
    await due(site, "videos.sweep_attempts")
    row = await RenditionSet.get().prefetch_related("renditions")
    assert (row.growing, {each.name for each in row.renditions}) == (False, {"720p", "audio"})
    found = [each.size async for each in site.services.storage.list(StorageKey(row.prefix))]
    assert row.size == sum(found)


async def test_failed_sound_ends_the_run(site: Site, studio: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    async def encode_sound(*_: object) -> EncodedSet:
        raise MediaRejected(Reason.DAMAGED, "silence")

    monkeypatch.setattr(InstantTranscoder, "encode_sound", encode_sound)
    upload = await site.upload(studio, instant_video(seconds=60, codec="vp9"))
    await site.work()
    assert (await status_of(studio, upload["video_id"]))["state"] == "failed"
    assert (await Job.get(kind=SOUND)).state is JobState.FAILED
    assert await Job.filter(kind=CHUNK, state=JobState.CANCELLED).count() == 3
