"""The upload protocol on either storage: a file arrives whole, once, or not at all."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from core.models import Upload, Video
from core.storage import StorageKey
from core.testing.sending import content_of
from core.testing.sites import Browser, Site, open_site
from tests.core.videos import observer
from tests.core.videos.uploading import CONTENT, LIMITS, NEW, PART, complete, due, send, stored
from tests.fakes import storage_memory, transcoder_instant


@pytest.fixture(params=["memory", "disk"])
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    storage = {"storage_memory": storage_memory} if request.param == "memory" else {"storage_disk": None}
    plugins = {**storage, "transcoder_instant": transcoder_instant, "observer": observer}
    settings = {"uploads": LIMITS, **({"storage_disk": {"min_free_bytes": 0}} if "storage_disk" in plugins else {})}
    async with open_site(tmp_path / "data", plugins, settings) as opened:
        yield opened


async def test_file_arrives_whole_whatever_the_order_of_its_parts(
    site: Site, studio: Browser, upload: dict[str, Any]
) -> None:
    assert (upload["state"], upload["parts"], upload["part_size"], upload["received"]) == ("open", 3, PART, [])
    await send(studio, upload, 3, 1)
    shown = (await studio.api("GET", f"/uploads/{upload['id']}")).json
    assert [(part["number"], part["size"]) for part in shown["received"]] == [(1, PART), (3, 500)]
    await send(studio, upload, 2)
    done = await complete(studio, upload)
    assert (done.status, done.json["state"], done.json["received"]) == (200, "accepted", [])
    key = StorageKey(f"originals/{upload['video_id']}/{upload['id']}")
    assert await content_of(site.services.storage, key) == CONTENT


async def test_creation_says_where_the_upload_is(studio: Browser) -> None:
    created = await studio.api("POST", "/uploads", {**NEW, "fingerprint": "abc"})
    assert created.headers["Location"] == f"/api/v1/uploads/{created.json['id']}"
    listed = (await studio.api("GET", "/uploads")).json["items"]
    assert listed == [created.json]
    assert listed[0]["fingerprint"] == "abc"


async def test_upload_accepted_is_no_longer_listed(studio: Browser, upload: dict[str, Any]) -> None:
    await send(studio, upload, 1, 2, 3)
    await complete(studio, upload)
    assert (await studio.api("GET", "/uploads")).json == {"items": []}


async def test_accepted_upload_takes_nothing_more(studio: Browser, upload: dict[str, Any]) -> None:
    await send(studio, upload, 1, 2, 3)
    await complete(studio, upload)
    signed = await studio.api("POST", f"/uploads/{upload['id']}/sign", {"parts": [1]})
    aborted = await studio.api("DELETE", f"/uploads/{upload['id']}")
    assert [(answer.status, answer.json["code"]) for answer in (signed, aborted)] == [(409, "upload_closed")] * 2


async def test_cancelled_upload_is_gone_with_its_draft(site: Site, studio: Browser, upload: dict[str, Any]) -> None:
    await send(studio, upload, 1)
    assert (await studio.api("DELETE", f"/uploads/{upload['id']}")).status == 204
    for method, path in [("GET", ""), ("DELETE", ""), ("POST", "/complete")]:
        answer = await studio.api(method, f"/uploads/{upload['id']}{path}", {} if method == "POST" else None)
        assert answer.status == 404
    assert (await studio.api("GET", f"/videos/{upload['video_id']}")).status == 404
    await due(site, "uploads.expire")
    assert not await Upload.exists()
    assert not await Video.exists()


async def test_upload_that_died_between_storage_and_database_expires_without_a_trace(
    site: Site, studio: Browser, upload: dict[str, Any]
) -> None:
    await send(studio, upload, 1, 2, 3)
    await site.services.storage.complete_upload((await Upload.get(id=upload["id"])).target)
    shown = await studio.api("GET", f"/uploads/{upload['id']}")
    assert (shown.status, shown.json["state"], shown.json["received"]) == (200, "open", [])
    await due(site, "uploads.expire")
    assert await stored(site) == set()


async def test_upload_that_died_between_storage_and_database_can_be_completed(
    site: Site, studio: Browser, upload: dict[str, Any]
) -> None:
    await send(studio, upload, 1, 2, 3)
    await site.services.storage.complete_upload((await Upload.get(id=upload["id"])).target)
    assert (await complete(studio, upload)).json["state"] == "accepted"


@pytest.mark.parametrize("cancel", ["upload", "video"])
async def test_completion_that_comes_too_late_leaves_nothing(
    site: Site, studio: Browser, upload: dict[str, Any], monkeypatch: pytest.MonkeyPatch, cancel: str
) -> None:
    await send(studio, upload, 1, 2, 3)
    finish = site.services.storage.complete_upload

    async def overtaken(target: Any) -> Any:
        done = await finish(target)
        path = f"/uploads/{upload['id']}" if cancel == "upload" else f"/videos/{upload['video_id']}"
        assert (await studio.api("DELETE", path)).status == 204
        return done

    monkeypatch.setattr(type(site.services.storage), "complete_upload", lambda _, target: overtaken(target))
    assert (await complete(studio, upload)).status == 404
    assert await stored(site) == set()
