"""Whose an upload is, and what others, plugins and deletions do to it."""

from typing import Any

import pytest

from core.api import Refusal
from core.models import Job, JobState, Upload
from core.testing.sites import Browser, Site
from tests.core.videos import observer
from tests.core.videos.uploading import NEW, complete


@pytest.mark.parametrize("status", [403, 413, 422, 429, 507])
async def test_plugin_may_refuse_an_upload(studio: Browser, watch: observer.Watch, status: int) -> None:
    watch.refusal = Refusal(status, "over_quota", "Your quota is used up.")
    answer = await studio.api("POST", "/uploads", NEW)
    assert (answer.status, answer.json["code"], answer.json["detail"]) == (
        status,
        "over_quota",
        "Your quota is used up.",
    )
    assert not await Upload.exists()


async def test_plugin_that_cannot_tell_refuses_x_6(studio: Browser, watch: observer.Watch) -> None:
    watch.refusal = RuntimeError("the quota service is down")
    answer = await studio.api("POST", "/uploads", NEW)
    assert (answer.status, answer.json["code"]) == (503, "not_checked")
    assert not await Upload.exists()


async def test_upload_the_storage_lost_says_so(site: Site, studio: Browser, upload: dict[str, Any]) -> None:
    await site.services.storage.abort_upload((await Upload.get(id=upload["id"])).target)
    answer = await complete(studio, upload)
    assert (answer.status, answer.json["code"]) == (409, "upload_gone")


async def test_draft_is_uploading_until_it_is_complete(studio: Browser, upload: dict[str, Any]) -> None:
    status = (await studio.api("GET", f"/videos/{upload['video_id']}/status")).json
    assert (status["state"], status["progress"], status["playable"]) == ("uploading", 0, False)
    assert status["steps"][0] == {
        "name": "upload", "label": "Upload", "state": "running", "progress": 0, "seconds_left": None,
    }  # fmt: skip


async def test_deleted_video_takes_its_upload_along(studio: Browser, upload: dict[str, Any]) -> None:
    await studio.api("DELETE", f"/videos/{upload['video_id']}")
    assert (await studio.api("GET", f"/uploads/{upload['id']}")).status == 404
    assert (await studio.api("GET", "/uploads")).json == {"items": []}
    assert (await Job.get(kind="uploads.expire")).state is JobState.CANCELLED
