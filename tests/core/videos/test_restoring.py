"""A deletion can be taken back until its time has come, and what it stopped goes on."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.models import Job, JobState, Role, Video
from core.testing.sites import Answer, Browser, Site
from core.transcoding import EncodedSet
from tests.core.videos import observer
from tests.core.videos.failing import status_of
from tests.core.videos.stages import (
    NOTHING,
    UPLOADED,
    at_stage,
    erase,
    inventory,
    objects_without_rows,
    unfinished,
)
from tests.core.videos.uploading import NEW, due
from tests.fakes.storage_memory import MemoryStorage
from tests.fakes.transcoder_instant import InstantTranscoder


async def restore(browser: Browser, video_id: str) -> Answer:
    return await browser.api("POST", f"/videos/{video_id}/restore", {})


async def deleted_list(browser: Browser) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await browser.api("GET", "/videos/deleted")).json["items"]
    return items


@pytest.mark.parametrize("stage", UPLOADED)
async def test_restored_video_goes_on_where_it_was_stopped(site: Site, studio: Browser, stage: str) -> None:
    video_id = await at_stage(site, studio, stage)
    before = (await studio.api("GET", f"/videos/{video_id}/status")).json["playable"]
    await studio.api("DELETE", f"/videos/{video_id}")
    answer = await restore(studio, video_id)
    assert (answer.status, answer.json["id"]) == (200, video_id)
    # What would break off in the middle is taken away with the work on it.
    assert (await status_of(studio, video_id))["playable"] is (before and stage != "grown")
    await site.work()
    assert (await status_of(studio, video_id))["state"] == ("failed" if stage == "failed" else "published")
    await erase(site)
    await due(site, "videos.sweep_attempts")
    assert (await studio.api("GET", f"/videos/{video_id}")).status == 200
    assert await objects_without_rows(site) == set()


@pytest.mark.parametrize("stage", UPLOADED)
async def test_restoring_and_deleting_by_turns_ends_as_the_last_says(site: Site, studio: Browser, stage: str) -> None:
    video_id = await at_stage(site, studio, stage)
    for _ in range(3):
        assert (await studio.api("DELETE", f"/videos/{video_id}")).status == 204
        assert (await restore(studio, video_id)).status == 200
    assert (await restore(studio, video_id)).status == 404
    await studio.api("DELETE", f"/videos/{video_id}")
    await erase(site)
    assert await inventory(site) == NOTHING
    assert (await restore(studio, video_id)).status == 404


async def test_cancelled_draft_cannot_be_restored(site: Site, studio: Browser) -> None:
    upload = (await studio.api("POST", "/uploads", NEW)).json
    draft = await at_stage(site, studio, "uploading")
    await studio.api("DELETE", f"/uploads/{upload['id']}")
    await studio.api("DELETE", f"/videos/{draft}")
    assert await deleted_list(studio) == []
    assert [(await restore(studio, video)).status for video in (upload["video_id"], draft)] == [404, 404]


@pytest.mark.parametrize("role", Role)
async def test_nobody_else_can_restore_or_see_it_z_4(site: Site, studio: Browser, published: Video, role: Role) -> None:
    await studio.api("DELETE", f"/videos/{published.id}")
    other = await site.browser(await site.user("bob", role))
    assert await deleted_list(other) == []
    assert (await restore(other, published.id)).status == 404
    assert (await other.api("DELETE", f"/videos/{published.id}?for_good=true")).status == 404
    assert await unfinished(published.id) == ["hooks.announce", "videos.erase", "videos.rekey"]
    assert (await restore(studio, published.id)).status == 200


async def test_deleted_videos_are_listed_with_the_time_they_have(site: Site, studio: Browser) -> None:
    ids = [await at_stage(site, studio, "probing") for _ in range(3)]
    for video_id in ids:
        await studio.api("DELETE", f"/videos/{video_id}")
    first = (await studio.api("GET", "/videos/deleted?limit=2")).json
    rest = (await studio.api("GET", f"/videos/deleted?limit=2&cursor={first['next_cursor']}")).json
    found = [*first["items"], *rest["items"]]
    assert ([item["id"] for item in found], rest["next_cursor"]) == (ids[::-1], None)
    assert found[0]["title"] == "clip"
    deleted_at, erased_at = [datetime.fromisoformat(found[0][name]) for name in ("deleted_at", "erased_at")]
    assert erased_at - deleted_at == timedelta(hours=24)
    assert (await studio.api("GET", "/videos/deleted?limit=0")).status == 422


async def test_time_to_restore_ends_though_no_worker_runs(studio: Browser, published: Video) -> None:
    await studio.api("DELETE", f"/videos/{published.id}")
    await Video.filter(id=published.id).update(undo_until=datetime.now(UTC))
    assert await deleted_list(studio) == []
    assert (await restore(studio, published.id)).status == 404


async def test_video_is_not_restored_once_its_objects_may_be_going_r_19(
    site: Site, studio: Browser, published: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = []
    delete = MemoryStorage.delete

    async def asked_first(self: MemoryStorage, keys: Any) -> None:
        answers.append((await restore(studio, published.id)).status)
        await delete(self, keys)

    await studio.api("DELETE", f"/videos/{published.id}")
    monkeypatch.setattr(MemoryStorage, "delete", asked_first)
    await erase(site)
    assert answers == [404, 404]
    assert await inventory(site) == NOTHING


async def test_worker_that_comes_too_late_erases_nothing(site: Site, studio: Browser, published: Video) -> None:
    await studio.api("DELETE", f"/videos/{published.id}")
    job = await Job.get(kind="videos.erase")
    await restore(studio, published.id)
    await Job.filter(id=job.id).update(state=JobState.READY)  # a claim that this restoration has not seen
    await erase(site)
    assert (await status_of(studio, published.id))["state"] == "published"
    await studio.api("DELETE", f"/videos/{published.id}")
    await Job.filter(id=job.id).update(state=JobState.READY, run_at=datetime.now(UTC))
    await site.work()
    assert (await restore(studio, published.id)).status == 200


async def test_worker_that_has_not_noticed_the_deletion_publishes_nothing(
    site: Site, studio: Browser, video_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode, turns = InstantTranscoder.encode, 0

    async def overtaken(self: InstantTranscoder, *arguments: Any) -> EncodedSet:
        nonlocal turns
        turns += 1
        if turns == 1:
            await studio.api("DELETE", f"/videos/{video_id}")
            await restore(studio, video_id)
        return await encode(self, *arguments)

    monkeypatch.setattr(InstantTranscoder, "encode", overtaken)
    await site.work()
    assert (await status_of(studio, video_id))["state"] == "published"
    assert turns == 2
    await due(site, "videos.sweep_attempts")
    assert await objects_without_rows(site) == set()


async def test_links_of_before_stay_void(site: Site, studio: Browser, client: Browser, published: Video) -> None:
    await studio.api("PATCH", f"/videos/{published.id}", {"visibility": "private"})
    poster = (await studio.api("GET", f"/videos/{published.id}")).json["poster_url"]
    await studio.api("DELETE", f"/videos/{published.id}")
    restored = await restore(studio, published.id)
    assert (await client.get(poster)).status == 404
    assert (await client.get(restored.json["poster_url"])).status == 200


async def test_what_was_to_be_told_or_cleaned_is_not_forgotten(
    site: Site, studio: Browser, watch: observer.Watch
) -> None:
    video_id = await at_stage(site, studio, "chunk")
    assert watch.heard == []
    await studio.api("DELETE", f"/videos/{video_id}")
    await restore(studio, video_id)
    await site.work()
    assert watch.heard == ["uploaded", "playable", "published", "processed"]
    await studio.api("DELETE", f"/videos/{video_id}")
    await restore(studio, video_id)
    await due(site, "videos.retire")
    assert len({key.split("/")[2] for key in (await inventory(site))[5]}) == 1
