"""Parts of a run end at the same time, too late, or twice, and the video is finished exactly once (R-4)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from structlog.typing import EventDict

from core.jobs import JobContext, LeaseLost, Worker
from core.jobs.roll import check_in, check_out, slots_in_all
from core.models import EncodedPart, Job, JobState, RenditionSet, Video, WorkerRow
from core.storage import StorageKey
from core.testing.sending import keys_below
from core.testing.sites import Browser, Site
from core.transcoding import Chunk, EncodedSet, MediaRejected, Reason
from core.videos.encode import Encoding
from core.videos.process import Processing
from core.videos.runs import CHUNK, FINISH, SOUND
from core.videos.sweeping import files_of
from tests.core.videos.conftest import Opener
from tests.core.videos.failing import status_of
from tests.core.videos.stages import CHUNKS, at_stage, run_only
from tests.core.videos.uploading import LIMITS, due
from tests.fakes.transcoder_instant import InstantTranscoder, instant_video

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture
async def engine(opener: Opener, database_url: str) -> AsyncIterator[Site]:
    """A site on each database."""
    settings = {"uploads": LIMITS, "chunks": CHUNKS, "database": {"url": database_url}}
    async with opener(settings=settings) as site:
        yield site


def workers(site: Site, count: int) -> list[Worker]:
    """Return workers as other processes would have them, one job each."""
    jobs = site.services.settings.core.jobs.model_copy(update={"concurrency": 1})
    return [Worker(Processing(site.services).kinds(), site.services.jobs, jobs) for _ in range(count)]


class Together:
    """Lets encodes end at the same time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, count: int, error: Exception | None = None) -> None:
        self._barrier, self._error = asyncio.Barrier(count), error
        self._encode = InstantTranscoder.encode
        monkeypatch.setattr(InstantTranscoder, "encode", lambda _, *arguments: self.encode(*arguments))

    async def encode(self, *arguments: object) -> EncodedSet:
        made = await self._encode(InstantTranscoder(), *arguments)  # type: ignore[arg-type]
        chunk = arguments[2]
        assert isinstance(chunk, Chunk)
        if chunk.index == 0 and chunk.end is None:
            return made
        await self._barrier.wait()
        if self._error is not None:
            raise self._error
        return made


async def test_r4_parts_that_end_together_finish_the_video_once(engine: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    studio = await engine.browser(await engine.user())
    video_id = await at_stage(engine, studio, "chunks")
    Together(monkeypatch, 3)
    await asyncio.gather(*(worker.drain() for worker in workers(engine, 4)))
    assert await Job.filter(kind=FINISH).count() == 1
    assert (await status_of(studio, video_id))["state"] == "published"
    assert not await EncodedPart.exists()


async def test_parts_that_fail_together_end_the_run_once_and_nobody_waits_for_another(
    engine: Site, monkeypatch: pytest.MonkeyPatch, logs: list[EventDict]
) -> None:
    studio = await engine.browser(await engine.user())
    ids = [await at_stage(engine, studio, "chunks") for _ in range(3)]
    Together(monkeypatch, 9, MediaRejected(Reason.OUTPUT_LIMIT, "all of it"))
    await asyncio.gather(*(worker.drain() for worker in workers(engine, 9)))
    for video_id in ids:
        assert (await status_of(studio, video_id))["state"] == "failed"
        failed = Job.filter(subject=video_id, kind=CHUNK)
        assert await failed.filter(state=JobState.FAILED).count() == 1
        assert await failed.filter(state=JobState.CANCELLED).count() == 2
    assert "job_failed_unhandled" not in [entry["event"] for entry in logs]


@pytest.mark.slow
async def test_parts_that_are_refused_together_begin_one_piece_and_nobody_waits_for_another(
    engine: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = await engine.browser(await engine.user())
    ids = [await at_stage(engine, studio, "chunks") for _ in range(3)]
    Together(monkeypatch, 9, MediaRejected(Reason.DAMAGED, "its clock is torn"))
    await asyncio.gather(*(worker.drain() for worker in workers(engine, 9)))
    for video_id in ids:
        assert (await status_of(studio, video_id))["state"] == "published"
        assert await Job.filter(subject=video_id, kind=FINISH).count() == 1


@pytest.mark.slow
async def test_cancelling_while_parts_end_fails_nobody(engine: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    studio = await engine.browser(await engine.user())
    ids = [await at_stage(engine, studio, "chunks") for _ in range(3)]
    working = [asyncio.create_task(worker.drain()) for worker in workers(engine, 3)]
    answers = await asyncio.gather(
        *(studio.api("POST", f"/videos/{video_id}/{what}", {}) for video_id in ids for what in ("cancel", "retry"))
    )
    await asyncio.gather(*working)
    assert {answer.status for answer in answers} <= {200, 202}
    for video_id in ids:
        await studio.api("POST", f"/videos/{video_id}/retry", {})
    await engine.work()
    assert {(await status_of(studio, video_id))["state"] for video_id in ids} == {"published"}


async def test_r4_late_part_of_a_worker_that_was_frozen_is_refused_and_swept(
    site: Site, studio: Browser, client: Browser
) -> None:
    video_id = await at_stage(site, studio, "chunks")
    await run_only(site, [SOUND])
    frozen = await Job.filter(kind=CHUNK).order_by("run_at").first()
    assert frozen is not None
    await Job.filter(id=frozen.id).update(state=JobState.RUNNING, fence=1, attempts=1, lease_until=LONG_AGO)
    zombie = await Job.get(id=frozen.id)
    await site.work()
    before = await site.services.database.client.execute_query_dict("SELECT * FROM rendition ORDER BY id")
    with pytest.raises(LeaseLost):
        await Encoding(site.services).chunk(JobContext(zombie, site.services.jobs))
    assert await site.services.database.client.execute_query_dict("SELECT * FROM rendition ORDER BY id") == before
    assert (await status_of(client, video_id))["state"] == "published"
    await due(site, "videos.sweep_attempts")
    row = await RenditionSet.get().prefetch_related("renditions")
    named = {str(row.key(name)) for name in files_of(row, list(row.renditions))}
    assert await keys_below(site.services.storage, StorageKey("videos")) == named


async def test_part_of_a_cancelled_run_is_refused(site: Site, studio: Browser) -> None:
    video_id = await at_stage(site, studio, "chunks")
    job = await Job.filter(kind=CHUNK).order_by("run_at").first()
    assert job is not None
    await Job.filter(id=job.id).update(state=JobState.RUNNING, fence=1)
    zombie = await Job.get(id=job.id)
    await studio.api("POST", f"/videos/{video_id}/cancel", {})
    with pytest.raises(LeaseLost):
        await Encoding(site.services).chunk(JobContext(zombie, site.services.jobs))
    assert not await EncodedPart.exists()
    await due(site, "videos.sweep_attempts")
    assert await keys_below(site.services.storage, StorageKey("videos")) == set()


async def test_run_stays_in_the_storage_it_began_in(opener: Opener) -> None:
    two = {"storage_memory": {"also": ["attic"]}, "chunks": CHUNKS, "uploads": LIMITS}
    async with opener(settings={**two, "storage": {"primary": "attic"}}) as site:
        studio = await site.browser(await site.user())
        video_id = await at_stage(site, studio, "grown")
        old, new = (site.services.storages[name] for name in ("attic", "storage_memory"))
        site.services.storages.primary = new  # as whoever is started with other settings has it
        await site.work()
        assert (await RenditionSet.get()).storage == "attic"
        assert await keys_below(new, StorageKey("videos")) == set()
        assert await keys_below(old, StorageKey("videos")) != set()
        assert (await status_of(studio, video_id))["state"] == "published"


async def test_roll_counts_who_has_said_something_lately(engine: Site) -> None:
    assert await slots_in_all() == 1
    await asyncio.gather(*(check_in(name, 3, every=5) for name in ("a", "b", "c")))
    assert await slots_in_all() == 9
    await check_out("b")
    assert await slots_in_all() == 6
    await WorkerRow.filter(name="a").update(seen_at=LONG_AGO)
    await check_in("c", 2, every=5)
    assert await slots_in_all() == 2


async def test_workers_that_all_come_back_at_once_do_not_strike_each_other_off(
    engine: Site, logs: list[EventDict]
) -> None:
    names = [f"worker {number}" for number in range(8)]
    for _ in range(5):
        await asyncio.gather(*(check_in(name, 1, every=5) for name in names))
        await WorkerRow.all().update(seen_at=LONG_AGO)
    await asyncio.gather(*(check_in(name, 1, every=5) for name in names))
    assert await slots_in_all() >= 1
    await asyncio.gather(*(check_in(name, 1, every=5) for name in names))
    assert await slots_in_all() == 8


async def test_more_workers_cut_more_chunks(site: Site, studio: Browser) -> None:
    await check_in("a worker", 8, every=5)
    await at_stage(site, studio, "chunks")
    assert await Job.filter(kind=CHUNK).count() == 5


async def test_video_is_probed_and_copied_while_all_heavy_places_are_taken(
    site: Site, studio: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, released, encode = asyncio.Event(), asyncio.Event(), InstantTranscoder.encode

    async def slow(self: InstantTranscoder, *arguments: object) -> EncodedSet:
        begun.set()
        await released.wait()
        return await encode(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(InstantTranscoder, "encode", slow)
    jobs = site.services.settings.core.jobs.model_copy(update={"concurrency": 2})
    worker = Worker(Processing(site.services).kinds(), site.services.jobs, jobs)
    first = await at_stage(site, studio, "chunks")
    draining = asyncio.create_task(worker.drain())
    await asyncio.wait_for(begun.wait(), 10)
    second = str((await site.upload(studio, instant_video()))["video_id"])
    await asyncio.wait_for(worker.drain(), 10)
    assert (await status_of(studio, second))["state"] == "playable"
    assert await Job.filter(kind=CHUNK, state=JobState.RUNNING).count() == 1
    released.set()
    await draining
    assert {(await status_of(studio, video))["state"] for video in (first, second)} == {"published"}
    assert await Video.all().count() == 2
