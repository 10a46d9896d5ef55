"""Editing and deleting: only what may be changed changes, and what is deleted is gone from everywhere (R-19)."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.models import Job, JobState, Rendition, RenditionSet, Upload, Video
from core.storage import StorageKey
from core.testing.sending import keys_below
from core.testing.sites import Browser, Site
from core.transcoding import EncodedSet, Plan, Report
from core.videos.keeping import sweep_workspaces
from tests.core.videos import observer

EDITS: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "title": ({"title": "  New\t title "}, {"title": "New title"}),
    "description": ({"description": " a\n\nb "}, {"description": "a\n\nb"}),
    "empty description": ({"description": ""}, {"description": ""}),
    "visibility": ({"visibility": "unlisted"}, {"visibility": "unlisted"}),
    "all": (
        {"title": "x" * 120, "description": "x" * 5000, "visibility": "private"},
        {"title": "x" * 120, "description": "x" * 5000, "visibility": "private"},
    ),
    "nothing": ({}, {}),
    "nulls": ({"title": None, "description": None, "visibility": None}, {}),
}


@pytest.mark.parametrize("name", EDITS)
async def test_owner_changes_what_is_left_in_and_nothing_else(studio: Browser, published: Video, name: str) -> None:
    sent, changed = EDITS[name]
    before = (await studio.api("GET", f"/videos/{published.id}")).json
    answer = await studio.api("PATCH", f"/videos/{published.id}", sent)
    assert answer.status == 200
    moving = {"watch_url", "hls_url", "poster_url"}
    assert {k: v for k, v in answer.json.items() if k not in moving} == {
        k: v for k, v in (before | changed).items() if k not in moving
    }


REFUSED: dict[str, dict[str, object]] = {
    "title of 121": {"title": "x" * 121},
    "title of 501": {"title": "x" * 501},
    "empty title": {"title": ""},
    "blank title": {"title": "\u200b \n"},
    "description of 5,001": {"description": "x" * 5001},
    "unknown visibility": {"visibility": "everyone"},
    "wrong type": {"title": 5},
    "owner": {"owner_id": "x" * 16},
    "id": {"id": "x" * 16},
    "publication": {"published_at": "2026-11-22T00:00:00Z"},
    "hold": {"hidden_at": None},
    "deletion": {"deleted_at": None},
    "key of the link": {"link_key": "x" * 26},
    "epoch": {"playback_epoch": 0},
    "renditions": {"current_set_id": None},
    "plan": {"plan": {}},
}


@pytest.mark.parametrize("name", REFUSED)
async def test_edit_that_is_refused_changes_nothing_z_2(studio: Browser, published: Video, name: str) -> None:
    before = await Video.all().values()
    answer = await studio.api("PATCH", f"/videos/{published.id}", {"title": "Good", **REFUSED[name]})
    assert (answer.status, answer.json["code"]) == (422, "invalid")
    assert await Video.all().values() == before


async def test_parallel_edits_lose_nothing(studio: Browser, published: Video) -> None:
    edits = [{"title": "New"}, {"description": "New"}, {"visibility": "unlisted"}]
    await asyncio.gather(*(studio.api("PATCH", f"/videos/{published.id}", edit) for edit in edits))
    video = await Video.get()
    assert (video.title, video.description, video.visibility, video.playback_epoch) == ("New", "New", "unlisted", 1)


async def inventory(site: Site) -> list[Any]:
    """Return everything that is known of any video."""
    rows = [await table.all().count() for table in (Video, Upload, RenditionSet, Rendition)]
    keys = [await keys_below(site.services.storage, StorageKey(root)) for root in ("videos", "originals")]
    work = site.services.settings.data_dir / "work"
    return [*rows, *keys, sorted(work.iterdir()) if work.exists() else []]


NOTHING = [0, 0, 0, 0, set(), set(), []]


async def erase(site: Site) -> None:
    await Job.filter(kind="videos.erase").update(run_at=datetime.now(UTC))
    await site.work()


async def test_deleted_video_is_refused_at_once_and_erased_soon_r_19(
    site: Site, studio: Browser, client: Browser, published: Video, watch: observer.Watch
) -> None:
    view = (await studio.api("GET", f"/videos/{published.id}")).json
    assert (await studio.api("DELETE", f"/videos/{published.id}")).status == 204
    for browser in (studio, client):
        for path in (view["hls_url"], view["poster_url"], view["watch_url"], f"/api/v1/videos/{published.id}"):
            assert (await browser.get(path)).status == 404
    for method, path in [("PATCH", ""), ("DELETE", ""), ("POST", "/retry"), ("GET", "/status")]:
        assert (await studio.api(method, f"/videos/{published.id}{path}", {})).status == 404
    job = await Job.get(kind="videos.erase")
    assert (job.run_at - datetime.now(UTC)).total_seconds() < 60
    await site.work()
    assert watch.heard[-1] == "deleted"
    await erase(site)
    assert await inventory(site) == NOTHING


async def test_draft_is_deleted_with_its_parts(site: Site, studio: Browser) -> None:
    upload = (await studio.api("POST", "/uploads", {"file_name": "a.mp4", "size": 10})).json
    target = (await Upload.get()).target
    await studio.api("DELETE", f"/videos/{upload['video_id']}")
    await erase(site)
    assert await inventory(site) == NOTHING
    with pytest.raises(Exception, match="no upload"):
        await site.services.storage.list_parts(target)


async def test_deleting_stops_the_work_and_leaves_nothing_of_it(
    site: Site, studio: Browser, video_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def encode(source: Path, plan: Plan, output: Path, report: Report) -> EncodedSet:
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
    assert (await Job.get(kind="videos.ladder")).state is JobState.CANCELLED
    await erase(site)
    assert await inventory(site) == NOTHING


async def test_work_that_was_overtaken_by_a_deletion_publishes_nothing(
    site: Site, studio: Browser, video_id: str, watch: observer.Watch
) -> None:
    await studio.api("DELETE", f"/videos/{video_id}")
    async with site.services.jobs.transaction() as work:
        upload = await Upload.get(video_id=video_id)
        for kind in ("videos.probe", "videos.first", "videos.ladder"):
            await work.enqueue(kind, {"upload": upload.id}, subject=video_id)
    await site.work()
    assert "published" not in watch.heard
    assert not await RenditionSet.exists()
    await erase(site)
    assert await inventory(site) == NOTHING


async def test_erasing_twice_and_announcing_what_is_gone_are_no_faults(
    site: Site, studio: Browser, published: Video
) -> None:
    await studio.api("DELETE", f"/videos/{published.id}")
    await erase(site)
    async with site.services.jobs.transaction() as work:
        await work.enqueue("videos.erase", subject=published.id)
        await work.enqueue("hooks.announce", {"hook": "video_deleted"}, subject=published.id)
        await work.enqueue("uploads.expire", {"upload": "0" * 26}, subject=published.id)
    await site.work()
    assert not await Job.filter(state=JobState.FAILED).exists()


async def test_leftover_work_folders_of_ended_jobs_are_swept(site: Site, published: Video) -> None:
    work = site.services.settings.data_dir / "work"
    async with site.services.jobs.transaction() as transaction:
        waiting = await transaction.enqueue("videos.ladder", {"upload": "x"}, subject=published.id, delay=100)
    ended = await Job.filter(kind="videos.probe").get()
    for name in (f"{ended.id}-1", f"{waiting.id}-1", "unknown-1"):
        (work / name).mkdir(parents=True)
    await sweep_workspaces(site.services)
    assert [folder.name for folder in work.iterdir()] == [f"{waiting.id}-1"]
