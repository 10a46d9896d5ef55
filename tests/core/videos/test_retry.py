"""Whatever went wrong, trying again is legal, safe to repeat, and starts afresh."""

import asyncio

import pytest

from core.models import Job, Video
from core.storage import StorageFull
from core.testing.sites import Browser, Site
from core.transcoding import MediaRejected, Reason
from tests.core.videos.failing import fail_probe, status_of

NEW = {"file_name": "clip.mp4", "size": 2000}


async def test_full_disk_refuses_uploads_with_507(site: Site, studio: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    async def open_upload(*_: object, **__: object) -> None:
        raise StorageFull("no space left on device")

    monkeypatch.setattr(type(site.services.storage), "open_upload", open_upload)
    answer = await studio.api("POST", "/uploads", NEW)
    assert (answer.status, answer.json["code"], answer.headers["Retry-After"]) == (507, "storage_full", "60")
    assert not await Video.exists()
    assert not await Job.exists()


async def test_trying_again_starts_afresh(
    site: Site, studio: Browser, video_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        fail_probe(site, broken, MediaRejected(Reason.DAMAGED, "cut off"))
        await site.work()
    again = await studio.api("POST", f"/videos/{video_id}/retry", {})
    assert (again.status, again.json["state"], again.json["failure"]) == (202, "processing", None)
    assert [step["state"] for step in again.json["steps"]] == ["done", "waiting", "waiting", "waiting"]
    await site.work()
    assert (await status_of(studio, video_id))["state"] == "published"


async def test_trying_again_while_it_runs_changes_nothing(studio: Browser, video_id: str) -> None:
    answers = await asyncio.gather(*(studio.api("POST", f"/videos/{video_id}/retry", {}) for _ in range(10)))
    assert {answer.status for answer in answers} == {202}
    assert await Job.filter(kind="videos.probe").count() == 1


async def test_failure_after_the_first_version_leaves_it_playable(
    site: Site, studio: Browser, client: Browser, video_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def encode(*_: object) -> None:
        raise MediaRejected(Reason.DEADLINE_EXCEEDED, "too slow")

    with monkeypatch.context() as broken:
        broken.setattr(site.services.transcoder, "encode", encode, raising=False)
        await site.work()
    status = await status_of(client, video_id)
    assert (status["state"], status["playable"], status["progress"]) == ("failed", True, 0.1)
    await studio.api("POST", f"/videos/{video_id}/retry", {})
    assert (await status_of(client, video_id))["state"] == "playable"
    await site.work()
    assert (await status_of(client, video_id))["state"] == "published"


async def test_what_was_never_uploaded_cannot_be_tried_again(studio: Browser) -> None:
    draft = (await studio.api("POST", "/uploads", NEW)).json["video_id"]
    answer = await studio.api("POST", f"/videos/{draft}/retry", {})
    assert (answer.status, answer.json["code"]) == (409, "no_original")
