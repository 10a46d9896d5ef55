"""What is deleted is refused at once, and is gone from everywhere when its time has come (P-10, R-19)."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.models import Job, JobState, RenditionSet, Upload, Video
from core.testing.sites import Browser, Site
from core.transcoding import Chunk, EncodedSet, Plan
from core.videos.runs import PROCESSING
from tests.core.videos import observer
from tests.core.videos.conftest import Opener
from tests.core.videos.stages import NOTHING, STAGES, at_stage, erase, inventory, objects_without_rows, unfinished
from tests.core.videos.uploading import LIMITS, due
from tests.fakes.storage_memory import MemoryStorage


async def addresses(studio: Browser, video: Video) -> list[str]:
    """Return the path of each kind of asset."""
    view = (await studio.api("GET", f"/videos/{video.id}")).json
    original = (await studio.api("GET", f"/videos/{video.id}/original")).headers["Location"]
    found = [view["hls_url"], view["poster_url"], view["watch_url"], original, f"/api/v1/videos/{video.id}"]
    master = (await studio.get(view["hls_url"])).text
    found += [line for line in master.splitlines() if line and not line.startswith("#")]
    media = (await studio.get(found[-1])).text
    found += [line for line in media.splitlines() if line and not line.startswith("#")]
    return [*found, media.partition('URI="')[2].partition('"')[0]]


async def test_deleted_video_is_refused_at_once_p_10(
    site: Site, studio: Browser, client: Browser, published: Video, watch: observer.Watch
) -> None:
    paths = await addresses(studio, published)
    assert [(await studio.get(path)).status for path in paths] == [200] * len(paths)
    assert (await studio.api("DELETE", f"/videos/{published.id}")).status == 204
    for browser in (studio, client):
        assert [(await browser.get(path)).status for path in paths] == [404] * len(paths)
    for method, path in [("PATCH", ""), ("DELETE", ""), ("POST", "/retry"), ("GET", "/status"), ("GET", "/original")]:
        body: dict[str, str] | None = None if method == "GET" else {}
        assert (await studio.api(method, f"/videos/{published.id}{path}", body)).status == 404
    await site.work()
    assert watch.heard[-1] == "deleted"


@pytest.mark.parametrize("stage", STAGES)
async def test_nothing_is_left_after_the_grace_whatever_it_was_doing_r_19(
    site: Site, studio: Browser, stage: str
) -> None:
    video_id = await at_stage(site, studio, stage)
    await studio.api("DELETE", f"/videos/{video_id}")
    await site.work()
    expected = 1 if stage == "uploading" else 86400
    job = await Job.get(kind="videos.erase")
    assert abs(job.run_at - datetime.now(UTC) - timedelta(seconds=expected)) < timedelta(seconds=30)
    await erase(site)
    assert await inventory(site) == NOTHING


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("before", ["there", "deleted"])
async def test_deleting_for_good_waits_for_no_grace_p_10(site: Site, studio: Browser, stage: str, before: str) -> None:
    video_id = await at_stage(site, studio, stage)
    if before == "deleted":
        await studio.api("DELETE", f"/videos/{video_id}")
    lasting = before == "there" or stage != "uploading"
    answer = await studio.api("DELETE", f"/videos/{video_id}?for_good=true")
    assert answer.status == (204 if lasting else 404)
    earliest = await Job.filter(kind="videos.erase").order_by("run_at").first()
    assert earliest is not None
    assert (earliest.run_at - datetime.now(UTC)).total_seconds() < 60
    assert (await studio.api("DELETE", f"/videos/{video_id}?for_good=true")).status == 404
    assert (await studio.api("POST", f"/videos/{video_id}/restore", {})).status == 404
    await site.work()
    await Job.filter(id=earliest.id).update(run_at=datetime.now(UTC))
    await site.work()
    assert await inventory(site) == NOTHING


async def test_no_grace_is_a_deletion_for_good(opener: Opener) -> None:
    async with opener(settings={"uploads": LIMITS, "videos": {"undo_hours": 0}}) as site:
        studio = await site.browser(await site.user())
        video_id = await at_stage(site, studio, "published")
        await studio.api("DELETE", f"/videos/{video_id}")
        assert (await studio.api("GET", "/videos/deleted")).json["items"] == []
        assert (await Job.get(kind="videos.erase")).run_at < datetime.now(UTC) + timedelta(seconds=60)


async def test_deleting_stops_the_work_and_leaves_nothing_of_it(
    site: Site, studio: Browser, video_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def encode(source: Path, plan: Plan, chunk: Chunk, output: Path, *_: object) -> EncodedSet:
        (output / "half.m4s").write_bytes(b"half")
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        raise AssertionError("nobody lets this go on")

    monkeypatch.setattr(site.services.transcoder, "encode", encode, raising=False)
    working = asyncio.create_task(site.work())
    await asyncio.wait_for(begun.wait(), 10)
    await studio.api("DELETE", f"/videos/{video_id}")
    await asyncio.wait_for(cancelled.wait(), 10)
    await working
    assert (await Job.get(kind="videos.chunk")).state is JobState.CANCELLED
    await erase(site)
    assert await inventory(site) == NOTHING


async def test_what_a_cut_attempt_stored_does_not_wait_for_the_grace_r_14(
    site: Site, studio: Browser, video_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_file = MemoryStorage.put_file

    async def overtaken(self: MemoryStorage, *arguments: object, **options: object) -> object:
        stored = await put_file(self, *arguments, **options)  # type: ignore[arg-type]
        if await Video.exists(id=video_id, deleted_at__isnull=True):
            await studio.api("DELETE", f"/videos/{video_id}")
        return stored

    monkeypatch.setattr(MemoryStorage, "put_file", overtaken)
    await site.work()
    assert await objects_without_rows(site) != set()
    await due(site, "videos.sweep_attempts")
    assert await objects_without_rows(site) == set()


async def test_work_that_was_overtaken_by_a_deletion_publishes_nothing(
    site: Site, studio: Browser, video_id: str, watch: observer.Watch
) -> None:
    await studio.api("DELETE", f"/videos/{video_id}")
    async with site.services.jobs.transaction() as work:
        upload = await Upload.get(video_id=video_id)
        payload = {"upload": upload.id, "chunk": {}, "parts": 1, "below_the_top": False, "grows": True}
        for kind in PROCESSING:
            await work.enqueue(kind, payload, subject=video_id)
    await site.work()
    assert "published" not in watch.heard
    assert not await RenditionSet.exists()
    await erase(site)
    assert await inventory(site) == NOTHING


async def test_two_deletions_at_once_are_one(site: Site, studio: Browser, published: Video) -> None:
    answers = await asyncio.gather(*(studio.api("DELETE", f"/videos/{published.id}") for _ in range(10)))
    assert sorted(answer.status for answer in answers) == [204] + [404] * 9
    assert await unfinished(published.id) == ["hooks.announce", "videos.erase", "videos.rekey"]
