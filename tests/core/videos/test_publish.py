"""From accepted to published: watchable early, complete later, and never worse than before."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.models import Job, RenditionSet, Video
from core.storage import StorageKey
from core.testing.sending import keys_below
from core.testing.sites import Browser, Site
from core.transcoding import EncodedSet, MediaRejected, Plan, Reason, Report
from tests.core.videos import observer
from tests.fakes.transcoder_instant import InstantTranscoder, instant_video


class Paused:
    """Holds encodes up until they may go on."""

    def __init__(self) -> None:
        self.begun, self.released = asyncio.Event(), asyncio.Event()
        self._encode = InstantTranscoder.encode

    async def encode(self, source: Path, plan: Plan, output: Path, report: Report) -> EncodedSet:
        self.begun.set()
        await self.released.wait()
        return await self._encode(InstantTranscoder(), source, plan, output, report)


@pytest.fixture
def paused(site: Site, monkeypatch: pytest.MonkeyPatch) -> Paused:
    paused = Paused()
    monkeypatch.setattr(site.services.transcoder, "encode", paused.encode, raising=False)
    return paused


async def objects(site: Site, video_id: str) -> set[str]:
    return await keys_below(site.services.storage, StorageKey(f"videos/{video_id}"))


async def test_video_is_watchable_while_its_ladder_is_made(
    site: Site, client: Browser, video_id: str, paused: Paused
) -> None:
    working = asyncio.create_task(site.work())
    await asyncio.wait_for(paused.begun.wait(), 10)
    shown = (await client.api("GET", f"/videos/{video_id}")).json
    status = (await client.api("GET", f"/videos/{video_id}/status")).json
    assert (status["state"], status["playable"], status["progress"]) == ("playable", True, 0.2)
    assert (await client.get(shown["hls_url"])).text.count("#EXT-X-STREAM-INF") == 1
    paused.released.set()
    await working
    better = (await client.api("GET", f"/videos/{video_id}")).json
    assert better["hls_url"] != shown["hls_url"]
    assert (await client.get(better["hls_url"])).text.count("#EXT-X-STREAM-INF") == 2


async def test_every_set_knows_the_bytes_of_all_its_objects(site: Site, published: Video) -> None:
    for each in await RenditionSet.all():
        found = [stored.size async for stored in site.services.storage.list(StorageKey(each.prefix))]
        assert each.size == sum(found) > 0
    assert await RenditionSet.all().count() == 2


async def test_plugins_hear_of_each_step_in_order(site: Site, published: Video, watch: observer.Watch) -> None:
    assert watch.heard == ["uploaded", "playable", "published", "processed"]
    assert await Job.filter(state__in=["failed", "cancelled"]).count() == 0


async def test_old_set_stays_until_its_watchers_are_done(
    site: Site, client: Browser, video_id: str, paused: Paused
) -> None:
    working = asyncio.create_task(site.work())
    await asyncio.wait_for(paused.begun.wait(), 10)
    old = (await client.api("GET", f"/videos/{video_id}")).json
    paused.released.set()
    await working
    retire = await Job.get(kind="videos.retire")
    assert retire.run_at - datetime.now(UTC) > timedelta(hours=5, minutes=59)
    assert (await client.get(old["hls_url"])).status == (await client.get(old["poster_url"])).status == 200
    await Job.filter(id=retire.id).update(run_at=datetime.now(UTC))
    await site.work()
    assert (await client.get(old["hls_url"])).status == (await client.get(old["poster_url"])).status == 404
    current = await RenditionSet.get()
    assert {key.rsplit("/", 1)[0] for key in await objects(site, video_id)} == {current.prefix}


async def test_set_in_use_is_not_retired(site: Site, published: Video) -> None:
    async with site.services.jobs.transaction() as work:
        await work.enqueue("videos.retire", {"set": str(published.current_set_id)}, subject=published.id)
        await work.enqueue("videos.retire", {"set": "0" * 16}, subject=published.id)
    before = await objects(site, published.id)
    await site.work()
    assert await RenditionSet.exists(id=published.current_set_id)
    assert await objects(site, published.id) == before


async def test_single_rung_that_must_be_encoded_has_no_first_version(site: Site, studio: Browser) -> None:
    upload = await site.upload(studio, instant_video(size=(320, 180), codec="vp9"))
    await site.work()
    kinds = [job.kind for job in await Job.filter(kind__startswith="videos.").order_by("created_at")]
    assert kinds == ["videos.probe", "videos.ladder"]
    status = (await studio.api("GET", f"/videos/{upload['video_id']}/status")).json
    assert [step["name"] for step in status["steps"]] == ["upload", "probe", "ladder"]


async def test_source_that_browsers_do_not_play_begins_with_its_smallest_rung(
    site: Site, studio: Browser, paused: Paused
) -> None:
    paused.released.set()
    upload = await site.upload(studio, instant_video(codec="hevc"))
    await site.work()
    first = await RenditionSet.get(complete=False).prefetch_related("renditions")
    assert {rendition.name for rendition in first.renditions} == {"360p", "audio"}
    assert (await Video.get(id=upload["video_id"])).current_set_id != first.id


async def test_source_that_cannot_be_copied_after_all_is_encoded(
    site: Site, studio: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def copy(source: Path, plan: Plan, output: Path, report: Report) -> EncodedSet:
        (output / "leftover.m4s").write_bytes(b"half")
        raise MediaRejected(Reason.DAMAGED, "timestamps run backwards")

    monkeypatch.setattr(site.services.transcoder, "copy", copy, raising=False)
    upload = await site.upload(studio, instant_video())
    await site.work()
    status = (await studio.api("GET", f"/videos/{upload['video_id']}/status")).json
    assert (status["state"], status["failure"]) == ("published", None)
    assert not [key for key in await objects(site, upload["video_id"]) if "leftover" in key]


async def test_trying_again_never_makes_a_video_worse(
    site: Site, studio: Browser, client: Browser, published: Video, paused: Paused
) -> None:
    before = (await client.api("GET", f"/videos/{published.id}")).json
    await studio.api("POST", f"/videos/{published.id}/retry", {})
    working = asyncio.create_task(site.work())
    await asyncio.wait_for(paused.begun.wait(), 10)
    assert (await client.api("GET", f"/videos/{published.id}")).json == before
    paused.released.set()
    await working
    after = (await client.api("GET", f"/videos/{published.id}")).json
    assert after["hls_url"] != before["hls_url"]
    assert await Job.filter(kind="videos.first").count() == 1
