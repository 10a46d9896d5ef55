"""The ledger of an upload is on the server: it goes on after links expired, on another device, after a restart."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from core.models import Upload, User
from core.storage import PartRequest, StorageKey, composite
from core.testing.sending import content_of
from core.testing.sites import Browser, Site, open_site
from tests.core.videos.uploading import CONTENT, LIMITS, NEW, PART, complete, send
from tests.fakes import storage_memory, transcoder_instant
from tests.fakes.storage_memory import sha256_of

ON_DISK = {"storage_disk": None, "transcoder_instant": transcoder_instant}
IN_MEMORY = {"storage_memory": storage_memory, "transcoder_instant": transcoder_instant}
SETTINGS = {"uploads": LIMITS, "storage_disk": {"min_free_bytes": 0}}
SUMS = [sha256_of(CONTENT[start : start + PART]) for start in range(0, len(CONTENT), PART)]
HOUR, MIB, GIB = 3600, 1024**2, 1024**3


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path / "data", ON_DISK, SETTINGS) as opened:
        yield opened


async def signed(browser: Browser, upload: dict[str, Any], number: int) -> PartRequest:
    """Declare the checksum of a part of CONTENT, and return the request that takes it."""
    body = {"parts": [number], "sha256": {str(number): SUMS[number - 1]}}
    answer = await browser.api("POST", f"/uploads/{upload['id']}/sign", body)
    assert answer.status == 200, answer.text
    return PartRequest(answer.json["parts"][0]["url"], answer.json["parts"][0]["headers"])


async def send_declared(browser: Browser, upload: dict[str, Any], *numbers: int) -> None:
    for number in numbers:
        part = CONTENT[(number - 1) * PART : number * PART]
        assert (await browser.put_part(await signed(browser, upload, number), part)).status == 200


async def unfinished(browser: Browser) -> dict[str, Any]:
    """Return the one unfinished upload, as a page finds it that knows nothing."""
    (upload,) = (await browser.api("GET", "/uploads")).json["items"]
    found: dict[str, Any] = upload
    return found


async def assert_whole(site: Site, browser: Browser, upload: dict[str, Any]) -> None:
    assert (await complete(browser, upload)).status == 200
    key = StorageKey(f"originals/{upload['video_id']}/{upload['id']}")
    assert await content_of(site.services.storage, key) == CONTENT


async def test_parts_are_listed_with_their_checksums(studio: Browser, upload: dict[str, Any]) -> None:
    assert upload["checksums"] is True
    await send_declared(studio, upload, 2, 1)
    await send(studio, upload, 3)
    assert (await unfinished(studio))["received"] == [
        {"number": 1, "size": PART, "sha256": SUMS[0]},
        {"number": 2, "size": PART, "sha256": SUMS[1]},
        {"number": 3, "size": 500, "sha256": None},
    ]


async def test_checksum_of_the_whole_is_told_from_its_parts(studio: Browser, upload: dict[str, Any]) -> None:
    await send_declared(studio, upload, 1, 2, 3)
    await complete(studio, upload)
    assert (await Upload.get()).checksum == composite(SUMS)


async def test_upload_without_declared_checksums_has_none(studio: Browser, upload: dict[str, Any]) -> None:
    await send_declared(studio, upload, 1, 2)
    await send(studio, upload, 3)
    await complete(studio, upload)
    assert (await Upload.get()).checksum is None


async def test_upload_goes_on_after_an_hour_without_network(
    site: Site, studio: Browser, upload: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    await send_declared(studio, upload, 1)
    late = await signed(studio, upload, 2)
    with monkeypatch.context() as later:
        later.setattr(site.services.signer, "_clock", lambda: time.time() + HOUR + 1)
        assert (await studio.put_part(late, CONTENT[PART : 2 * PART])).status == 403
    found = await unfinished(studio)
    assert [part["number"] for part in found["received"]] == [1]
    await send_declared(studio, found, 2, 3)
    await assert_whole(site, studio, found)


async def test_upload_goes_on_in_another_browser_that_knows_the_file(
    site: Site, creator: User, studio: Browser
) -> None:
    await studio.api("POST", "/uploads", {**NEW, "file_name": "other.mp4", "fingerprint": "another file"})
    upload = (await studio.api("POST", "/uploads", {**NEW, "fingerprint": "this file"})).json
    await send_declared(studio, upload, 3)
    phone = await site.browser(creator)
    listed = (await phone.api("GET", "/uploads")).json["items"]
    (found,) = [item for item in listed if (item["fingerprint"], item["size"]) == ("this file", len(CONTENT))]
    await send_declared(phone, found, 1, 2)
    await assert_whole(site, phone, found)


async def test_upload_goes_on_after_a_restart_of_the_server(tmp_path: Path) -> None:
    async with open_site(tmp_path / "restarted", ON_DISK, SETTINGS) as site:
        user = await site.user("ada")
        browser = await site.browser(user)
        upload = (await browser.api("POST", "/uploads", NEW)).json
        await send_declared(browser, upload, 2)
        link = await signed(browser, upload, 1)
    async with open_site(tmp_path / "restarted", ON_DISK, SETTINGS) as site:
        browser = await site.browser(user)
        assert (await unfinished(browser))["received"] == [{"number": 2, "size": PART, "sha256": SUMS[1]}]
        assert (await browser.put_part(link, CONTENT[:PART])).status == 200  # the links that are out still work
        await send_declared(browser, upload, 3)
        await assert_whole(site, browser, upload)


@pytest.mark.parametrize("part_size", [5 * MIB, 8 * MIB, 64 * MIB])
async def test_part_size_follows_the_size_of_the_file(tmp_path: Path, part_size: int) -> None:
    limits = {"max_size": 50 * GIB, "part_size": part_size, "quota": 0, "open_per_user": 100}
    async with open_site(tmp_path / "data", IN_MEMORY, {"uploads": limits}) as site:
        studio = await site.browser(await site.user())
        for size in (1024, 8 * MIB, 8 * MIB + 1, GIB, 49 * GIB + 1, 50 * GIB - 1, 50 * GIB):
            upload = (await studio.api("POST", "/uploads", {**NEW, "size": size})).json
            count, each = upload["parts"], upload["part_size"]
            assert 5 * MIB <= part_size <= each <= 5 * GIB  # S3's bounds of a part that is not the last
            assert count <= 10_000
            assert (count - 1) * each < size <= count * each
            sign = f"/uploads/{upload['id']}/sign"
            assert (await studio.api("POST", sign, {"parts": [count]})).status == 200
            assert (await studio.api("POST", sign, {"parts": [count + 1]})).status == 422


async def test_file_beyond_the_largest_is_refused(tmp_path: Path) -> None:
    async with open_site(tmp_path / "data", IN_MEMORY, {"uploads": {"max_size": 50 * GIB}}) as site:
        studio = await site.browser(await site.user())
        answer = await studio.api("POST", "/uploads", {**NEW, "size": 50 * GIB + 1})
        assert (answer.status, answer.json["code"]) == (413, "file_too_large")
