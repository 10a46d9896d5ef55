"""U-20: an operation that the state of an upload does not allow is refused, whatever was asked before, in any order.

Videos publish themselves: the requests that would do so are refused (422, 404). The source of a video is replaced by an
upload that names it, and by nothing else: one's own video, that is there, and whose first file is complete.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from core.models import Role, Upload
from core.testing.sites import Browser, Site
from tests.core.videos.uploading import NEW, complete, send, stored
from tests.threats.upload_machine import Uploads
from tests.threats.upload_stage import tried
from tests.threats.watching import NOBODY_ID

STEPS = 3000
SITUATIONS = ("open", "accepted", "deleted", "gone")
# What each operation answers in each situation: 409 where the state forbids it, 404 where there is nothing to be seen.
TRANSITIONS: dict[str, tuple[str, str, object, tuple[int, int, int, int]]] = {
    "show": ("GET", "/uploads/{id}", None, (200, 200, 404, 404)),
    "sign": ("POST", "/uploads/{id}/sign", {"parts": [1]}, (200, 409, 404, 404)),
    "sign no part": ("POST", "/uploads/{id}/sign", {"parts": [4]}, (422, 409, 404, 404)),
    "complete": ("POST", "/uploads/{id}/complete", {}, (422, 200, 404, 404)),
    "cancel": ("DELETE", "/uploads/{id}", None, (204, 409, 404, 404)),
    "retry": ("POST", "/videos/{video_id}/retry", {}, (409, 202, 404, 404)),
    "download": ("GET", "/videos/{video_id}/original", None, (404, 303, 404, 404)),
    "edit": ("PATCH", "/videos/{video_id}", {"title": "New"}, (200, 200, 404, 404)),
    "delete": ("DELETE", "/videos/{video_id}", None, (204, 204, 404, 404)),
    "restore": ("POST", "/videos/{video_id}/restore", {}, (404, 404, 200, 404)),
    "publish": ("PATCH", "/videos/{video_id}", {"published_at": "2026-01-01T00:00:00Z"}, (422, 422, 422, 422)),
    "put a source": ("PUT", "/videos/{video_id}/original", {}, (405, 405, 405, 405)),
    "replace the source": ("POST", "/uploads", {**NEW, "replaces": "{video_id}"}, (409, 201, 404, 404)),
}


async def in_situation(browser: Browser, situation: str) -> dict[str, Any]:
    upload: dict[str, Any] = (await browser.api("POST", "/uploads", NEW)).json
    if situation == "gone":
        await browser.api("DELETE", f"/uploads/{upload['id']}")
    if situation in ("accepted", "deleted"):
        await send(browser, upload, 1, 2, 3)
        assert (await complete(browser, upload)).status == 200
    if situation == "deleted":
        assert (await browser.api("DELETE", f"/videos/{upload['video_id']}")).status == 204
    return upload


def filled(body: object, upload: dict[str, Any]) -> object:
    """Return a body that names this upload's video wherever it names one."""
    if not isinstance(body, dict):
        return body
    return {name: upload["video_id"] if value == "{video_id}" else value for name, value in body.items()}


@pytest.mark.parametrize("situation", SITUATIONS)
async def test_u20_each_operation_is_taken_in_its_state_only(disk: Site, ada: Browser, situation: str) -> None:
    for name, (method, path, body, statuses) in TRANSITIONS.items():
        upload = await in_situation(ada, situation)
        answer = await ada.api(method, path.format(**upload), filled(body, upload))
        assert answer.status == statuses[SITUATIONS.index(situation)], name
        for each in (await ada.api("GET", "/uploads")).json["items"]:  # only five may be open
            await ada.api("DELETE", f"/uploads/{each['id']}")


async def test_u20_upload_into_another_video_is_refused(ada: Browser, upload: dict[str, Any]) -> None:
    answer = await ada.api("POST", "/uploads", {**NEW, "video_id": upload["video_id"]})
    assert (answer.status, answer.json["errors"]) == (422, {"video_id": "This is not known here."})


@pytest.mark.parametrize("situation", SITUATIONS)
async def test_u20_nobody_replaces_the_source_of_anothers_video(disk: Site, ada: Browser, situation: str) -> None:
    upload = await in_situation(ada, situation)
    others = [await disk.user(role.value, role) for role in (Role.CREATOR, Role.MODERATOR, Role.ADMIN)]
    answers = [
        await (await disk.browser(other)).api("POST", "/uploads", {**NEW, "replaces": video_id})
        for other in others
        for video_id in (upload["video_id"], NOBODY_ID)
    ]
    anonymous = await (await disk.browser()).api("POST", "/uploads", {**NEW, "replaces": upload["video_id"]})
    assert ([answer.status for answer in answers], anonymous.status) == ([404] * 6, 401)
    assert len({answer.body for answer in answers}) == 1  # nobody learns that it is there
    assert await Upload.filter(video_id=upload["video_id"]).count() == 1


async def test_u20_replacement_that_is_not_complete_changes_nothing(disk: Site, ada: Browser) -> None:
    upload = await in_situation(ada, "accepted")
    await disk.work()
    before = (await ada.api("GET", f"/videos/{upload['video_id']}")).json
    opened = (await ada.api("POST", "/uploads", {**NEW, "replaces": upload["video_id"]})).json
    await send(ada, opened, 1, 2)
    assert (await complete(ada, opened)).status == 422
    await disk.work()
    assert (await ada.api("GET", f"/videos/{upload['video_id']}")).json["hls_url"] == before["hls_url"]
    assert await stored(disk) == {f"originals/{upload['video_id']}/{upload['id']}"}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_u20_model_and_site_agree_after_each_of_3000_steps() -> None:
    run_state_machine_as_test(
        Uploads,
        settings=settings(
            max_examples=40,  # some end early
            stateful_step_count=100,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert tried.pop(("step", "")) >= STEPS
    operations = {operation for operation, _ in tried}
    assert len(operations) >= 10
    assert {(each, situation) for each in operations for situation in ("open", "accepted", "gone")} <= set(tried)
