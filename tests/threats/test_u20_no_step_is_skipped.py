"""U-20: an operation that the state of an upload does not allow is refused, whatever was asked before, in any order.

Videos publish themselves and the source of one is never replaced: the requests that would do so are refused (422, 404).
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from core.testing.sites import Browser, Site
from tests.core.videos.uploading import NEW, complete, send
from tests.threats.upload_machine import Uploads, tried

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
    "replace the source": ("PUT", "/videos/{video_id}/original", {}, (405, 405, 405, 405)),
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


@pytest.mark.parametrize("situation", SITUATIONS)
async def test_u20_each_operation_is_taken_in_its_state_only(disk: Site, ada: Browser, situation: str) -> None:
    for name, (method, path, body, statuses) in TRANSITIONS.items():
        upload = await in_situation(ada, situation)
        answer = await ada.api(method, path.format(**upload), body)
        assert answer.status == statuses[SITUATIONS.index(situation)], name
        await ada.api("DELETE", f"/uploads/{upload['id']}")  # only five may be open


async def test_u20_upload_into_another_video_is_refused(ada: Browser, upload: dict[str, Any]) -> None:
    answer = await ada.api("POST", "/uploads", {**NEW, "video_id": upload["video_id"]})
    assert (answer.status, answer.json["errors"]) == (422, {"video_id": "This is not known here."})


@pytest.mark.slow
@pytest.mark.timeout(600)
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
    assert len(operations) >= 9
    assert {(each, situation) for each in operations for situation in ("open", "accepted", "gone")} <= set(tried)
