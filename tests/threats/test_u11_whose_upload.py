"""U-11: an upload is its owner's alone; an administrator may cancel it, and nobody else learns that there is one.

Who may not upload at all is told so (403), and who is not signed in is asked to be (401), before any id is looked at:
the answer is the same for an id that does not exist.
"""

from typing import Any

import pytest

from core.models import Role, Upload, User
from core.testing.sites import Answer, Browser, Site
from tests.core.videos.uploading import complete, send
from tests.threats.on_disk import FIRST, ask, link_of, parts_on_disk

UNKNOWN = "0" * 26
OPERATIONS: dict[str, tuple[str, str, object]] = {
    "show": ("GET", "", None),
    "sign": ("POST", "/sign", {"parts": [1]}),
    "complete": ("POST", "/complete", {}),
    "abort": ("DELETE", "", None),
}


async def tried(browser: Browser, operation: str, upload_id: str) -> Answer:
    method, path, body = OPERATIONS[operation]
    return await browser.api(method, f"/uploads/{upload_id}{path}", body)


@pytest.mark.parametrize(
    ("role", "status"), [(None, 401), (Role.VIEWER, 403), (Role.CREATOR, 404), (Role.MODERATOR, 404)]
)
async def test_u11_upload_of_another_is_as_unknown_as_none(
    disk: Site, upload: dict[str, Any], role: Role | None, status: int
) -> None:
    other = await disk.browser(await disk.user("eve", role) if role else None)
    before = await Upload.all().values()
    for operation in OPERATIONS:
        theirs, none = [await tried(other, operation, id_) for id_ in (upload["id"], UNKNOWN)]
        assert (theirs.status, none.status) == (status, status), operation
        assert theirs.body == none.body
    assert await Upload.all().values() == before
    if status == 404:
        assert (await other.api("GET", "/uploads")).json == {"items": []}


async def test_u11_owner_does_everything(ada: Browser, upload: dict[str, Any]) -> None:
    await send(ada, upload, 1, 2, 3)
    assert (await tried(ada, "show", upload["id"])).status == 200
    assert (await tried(ada, "sign", upload["id"])).status == 200
    assert (await tried(ada, "complete", upload["id"])).status == 200


async def test_u11_administrator_may_cancel_and_nothing_else(disk: Site, ada: Browser, upload: dict[str, Any]) -> None:
    await send(ada, upload, 1, 2, 3)
    link = await link_of(ada, upload)
    admin = await disk.browser(await disk.user("root", Role.ADMIN))
    statuses = {operation: (await tried(admin, operation, upload["id"])).status for operation in OPERATIONS}
    assert statuses == {"show": 404, "sign": 404, "complete": 403, "abort": 204}
    assert {(await tried(admin, operation, UNKNOWN)).status for operation in OPERATIONS} == {404}
    assert (await tried(ada, "show", upload["id"])).status == 404
    assert (await ask(disk, "PUT", link, FIRST)).status == 404
    assert parts_on_disk(disk) == []


async def test_u11_administrator_cancels_nothing_that_is_complete(
    disk: Site, ada: Browser, upload: dict[str, Any]
) -> None:
    await send(ada, upload, 1, 2, 3)
    await complete(ada, upload)
    admin = await disk.browser(await disk.user("root", Role.ADMIN))
    assert (await tried(admin, "abort", upload["id"])).status == 409
    assert (await tried(admin, "complete", upload["id"])).json["code"] == "not_yours"


async def test_u11_creator_who_lost_the_role_may_not_go_on_z_4(ada: Browser, upload: dict[str, Any]) -> None:
    await send(ada, upload, 1, 2, 3)
    await User.all().update(role=Role.VIEWER)
    for operation in OPERATIONS:
        assert (await tried(ada, operation, upload["id"])).status == 403
    assert (await Upload.get()).state == "open"


async def test_u11_ids_are_of_128_random_bits(ada: Browser) -> None:
    ids = [(await ada.api("POST", "/uploads", {"file_name": "a.mp4", "size": 2000})).json["id"] for _ in range(5)]
    assert len(set(ids)) == 5
    assert {len(id_) for id_ in ids} == {26}  # of 32 signs each: 130 bits
