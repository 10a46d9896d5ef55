"""U-5: a part may be sent again while its upload is open; from its end on, a link is dead whatever its expiry says.

A link outlives the session that asked for it, as it must for a page that uploads in the background; but it ends with
the upload, and after an hour (U-2), and completing needs the session.
"""

import asyncio
import hashlib
from typing import Any

from core.storage import StorageKey
from core.testing.sending import content_of, some_bytes
from core.testing.sites import Browser, Site
from tests.core.videos.uploading import CONTENT, PART, complete, send
from tests.threats.on_disk import FIRST, ask, link_of, parts_on_disk, received

OTHER = some_bytes(PART, "other")


async def stored_digest(site: Site, upload: dict[str, Any]) -> str:
    key = StorageKey(f"originals/{upload['video_id']}/{upload['id']}")
    return hashlib.sha256(await content_of(site.services.storage, key)).hexdigest()


async def test_u5_replay_after_complete_changes_nothing(disk: Site, ada: Browser, upload: dict[str, Any]) -> None:
    link = await link_of(ada, upload)
    await send(ada, upload, 1, 2, 3)
    await complete(ada, upload)
    for body in (FIRST, OTHER):
        assert (await ask(disk, "PUT", link, body)).status == 409
    assert await stored_digest(disk, upload) == hashlib.sha256(CONTENT).hexdigest()
    assert (await ada.api("POST", f"/uploads/{upload['id']}/sign", {"parts": [1]})).status == 409


async def test_u5_replay_after_abort_finds_nothing(disk: Site, ada: Browser, upload: dict[str, Any]) -> None:
    link = await link_of(ada, upload)
    await send(ada, upload, 1)
    assert (await ada.api("DELETE", f"/uploads/{upload['id']}")).status == 204
    assert (await ask(disk, "PUT", link, FIRST)).status == 404
    assert parts_on_disk(disk) == []


async def test_u5_replay_after_deletion_of_the_video_is_never_seen(
    disk: Site, ada: Browser, upload: dict[str, Any]
) -> None:
    link = await link_of(ada, upload)
    await ada.api("DELETE", f"/videos/{upload['video_id']}")
    await ask(disk, "PUT", link, FIRST)
    assert (await complete(ada, upload)).status == 404
    assert (await ada.api("POST", f"/uploads/{upload['id']}/sign", {"parts": [1]})).status == 404


async def test_u5_open_upload_keeps_what_was_sent_last(disk: Site, ada: Browser, upload: dict[str, Any]) -> None:
    link = await link_of(ada, upload)
    for body in (OTHER, FIRST, FIRST):
        assert (await ask(disk, "PUT", link, body)).status == 200
    assert await received(ada, upload) == [1]
    await send(ada, upload, 2, 3)
    await complete(ada, upload)
    assert await stored_digest(disk, upload) == hashlib.sha256(CONTENT).hexdigest()


async def test_u5_bodies_at_once_leave_exactly_one(disk: Site, ada: Browser, upload: dict[str, Any]) -> None:
    link = await link_of(ada, upload)
    answers = await asyncio.gather(*(ask(disk, "PUT", link, body) for body in (FIRST, OTHER)))
    taken = [body for body, answer in zip((FIRST, OTHER), answers, strict=True) if answer.status == 200]
    assert {answer.status for answer in answers} <= {200, 409}
    await send(ada, upload, 2, 3)
    await complete(ada, upload)
    wholes = [hashlib.sha256(body + CONTENT[PART:]).hexdigest() for body in taken]
    assert await stored_digest(disk, upload) in wholes
