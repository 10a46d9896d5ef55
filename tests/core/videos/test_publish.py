"""From accepted to published: watchable early, complete later, and never worse than before."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.models import Job, Rendition, RenditionSet, Video
from core.storage import StorageKey
from core.testing.sending import keys_below
from core.testing.sites import Browser, Site
from core.transcoding import EncodedSet, MediaRejected, Plan, Reason, Report
from tests.core.videos import observer
from tests.core.videos.uploading import due
from tests.fakes.transcoder_instant import InstantTranscoder, instant_video
from tests.threats.watching import links_in


class Paused:
    """Holds encodes up until they may go on."""

    def __init__(self) -> None:
        self.begun, self.released = asyncio.Event(), asyncio.Event()
        self._encode = InstantTranscoder.encode

    async def encode(self, *arguments: Any) -> EncodedSet:
        self.begun.set()
        await self.released.wait()
        return await self._encode(InstantTranscoder(), *arguments)


@pytest.fixture
def paused(site: Site, monkeypatch: pytest.MonkeyPatch) -> Paused:
    paused = Paused()
    monkeypatch.setattr(site.services.transcoder, "encode", paused.encode, raising=False)
    return paused


async def objects(site: Site, video_id: str) -> set[str]:
    return await keys_below(site.services.storage, StorageKey(f"videos/{video_id}"))


async def test_video_is_watchable_while_its_other_qualities_are_made(
    site: Site, client: Browser, video_id: str, paused: Paused
) -> None:
    working = asyncio.create_task(site.work())
    await asyncio.wait_for(paused.begun.wait(), 10)
    shown = (await client.api("GET", f"/videos/{video_id}")).json
    status = (await client.api("GET", f"/videos/{video_id}/status")).json
    assert (status["state"], status["playable"], status["progress"]) == ("playable", True, 0.1)
    before = (await client.get(shown["hls_url"])).text
    assert before.count("#EXT-X-STREAM-INF") == 1
    copied = [(await client.get(path)).text for path in links_in(before)]
    paused.released.set()
    await working
    better = (await client.api("GET", f"/videos/{video_id}")).json
    assert better["hls_url"] == shown["hls_url"]
    after = (await client.get(better["hls_url"])).text
    assert after.count("#EXT-X-STREAM-INF") == 2
    assert [(await client.get(path)).text for path in links_in(before)] == copied


async def test_every_set_knows_the_bytes_of_all_its_objects(site: Site, published: Video) -> None:
    for each in await RenditionSet.all():
        found = [stored.size async for stored in site.services.storage.list(StorageKey(each.prefix))]
        assert each.size == sum(found) > 0
    assert await RenditionSet.all().count() == 1


async def test_plugins_hear_of_each_step_in_order(site: Site, published: Video, watch: observer.Watch) -> None:
    assert watch.heard == ["uploaded", "playable", "published", "processed"]
    assert await Job.filter(state__in=["failed", "cancelled"]).count() == 0


async def test_old_set_stays_until_its_watchers_are_done(
    site: Site, studio: Browser, client: Browser, published: Video
) -> None:
    old = (await client.api("GET", f"/videos/{published.id}")).json
    await studio.api("POST", f"/videos/{published.id}/retry", {})
    await site.work()
    retire = await Job.get(kind="videos.retire")
    assert retire.run_at - datetime.now(UTC) > timedelta(hours=5, minutes=59)
    assert (await client.get(old["hls_url"])).status == (await client.get(old["poster_url"])).status == 200
    await due(site, "videos.retire")
    assert (await client.get(old["hls_url"])).status == (await client.get(old["poster_url"])).status == 404
    current = await RenditionSet.get()
    assert {"/".join(key.split("/")[:3]) for key in await objects(site, published.id)} == {current.prefix}


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
    assert kinds[:3] == ["videos.probe", "videos.chunk", "videos.finish"]
    assert set(kinds[3:]) == {"videos.sweep_attempts"}
    status = (await studio.api("GET", f"/videos/{upload['video_id']}/status")).json
    assert [step["name"] for step in status["steps"]] == ["upload", "probe", "encode"]


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
    rungs = await Rendition.filter(kind="video").values_list("name", flat=True)
    assert sorted(map(str, rungs)) == ["360p", "720p"]


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
