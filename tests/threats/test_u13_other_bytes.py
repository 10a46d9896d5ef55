"""U-13: what is completed is what was declared: every part, in its place, in its length, with its checksum.

The client lists nothing at the end: parts, lengths and SHA-256 are the server's own account, part by part, and the
whole is known by the composite of them (`core.storage.checksums`).
"""

from pathlib import Path
from typing import Any

import pytest

from core.models import Job, Upload
from core.storage import PartRequest, composite
from core.testing.sites import Answer, Browser, Site
from tests.core.videos.uploading import CONTENT, PART, complete, send, stored
from tests.fakes.storage_memory import sha256_of
from tests.threats.on_disk import received

PARTS = {number: CONTENT[(number - 1) * PART : number * PART] for number in (1, 2, 3)}
SUMS = {number: sha256_of(part) for number, part in PARTS.items()}


async def declare(browser: Browser, upload: dict[str, Any], number: int, sha256: str) -> PartRequest:
    """Sign one part with its checksum."""
    body = {"parts": [number], "sha256": {str(number): sha256}}
    signed = await browser.api("POST", f"/uploads/{upload['id']}/sign", body)
    assert signed.status == 200, signed.text
    return PartRequest(signed.json["parts"][0]["url"], signed.json["parts"][0]["headers"])


async def send_declared(browser: Browser, upload: dict[str, Any], *numbers: int) -> None:
    for number in numbers:
        sent = await browser.put_part(await declare(browser, upload, number, SUMS[number]), PARTS[number])
        assert sent.status == 200, sent.text


async def assert_still_open(site: Site, answer: Answer) -> None:
    assert (answer.status, answer.json["code"]) == (422, "upload_mismatch")
    assert await stored(site) == set()
    assert not await Job.exists(kind="videos.probe")
    assert (await Upload.get()).state == "open"


@pytest.mark.parametrize("missing", [1, 2, 3])
async def test_u13_missing_part_is_named_and_can_be_sent_again(
    disk: Site, ada: Browser, upload: dict[str, Any], missing: int
) -> None:
    await send(ada, upload, *{1, 2, 3} - {missing})
    refused = await complete(ada, upload)
    await assert_still_open(disk, refused)
    assert f"parts {missing}" in refused.json["detail"]
    await send(ada, upload, missing)
    assert (await complete(ada, upload)).status == 200


@pytest.mark.parametrize(
    "forged",
    [
        {"parts": [{"number": 1, "etag": "a"}, {"number": 2, "etag": "b"}]},
        {"size": 1},
        {"sha256": sha256_of(b"other")},
        {"checksum": "x"},
    ],
)
async def test_u13_client_has_no_say_in_what_arrived(
    ada: Browser, upload: dict[str, Any], forged: dict[str, object]
) -> None:
    await send(ada, upload, 1, 2, 3)
    answer = await ada.api("POST", f"/uploads/{upload['id']}/complete", forged)
    assert (answer.status, answer.json["code"]) == (422, "invalid")
    assert (await complete(ada, upload)).status == 200


async def test_u13_part_of_other_bytes_than_declared_is_absent(
    disk: Site, ada: Browser, upload: dict[str, Any]
) -> None:
    swapped = {1: await declare(ada, upload, 1, SUMS[1]), 2: await declare(ada, upload, 2, SUMS[2])}
    for number, other in ((1, 2), (2, 1)):
        assert (await ada.put_part(swapped[number], PARTS[other])).status in (400, 422)
    assert await received(ada, upload) == []
    await send_declared(ada, upload, 3)
    await assert_still_open(disk, await complete(ada, upload))
    await send_declared(ada, upload, 1, 2)
    assert (await complete(ada, upload)).status == 200
    assert (await Upload.get()).checksum == composite(list(SUMS.values()))


async def test_u13_declared_checksum_is_part_of_the_link(ada: Browser, upload: dict[str, Any]) -> None:
    other = PARTS[2]
    honest, forged = await declare(ada, upload, 1, SUMS[1]), await declare(ada, upload, 1, sha256_of(other))
    path, _, query = honest.url.partition("?")
    crossed = dict(pair.split("=", 1) for pair in query.split("&"))
    theirs = dict(pair.split("=", 1) for pair in forged.url.partition("?")[2].split("&"))
    crossed |= {name: value for name, value in theirs.items() if name != "t"}
    mixed = PartRequest(f"{path}?{'&'.join(f'{name}={value}' for name, value in crossed.items())}", forged.headers)
    assert mixed != honest
    assert (await ada.put_part(mixed, other)).status == 403
    assert await received(ada, upload) == []


def open_file(site: Site, size: int) -> Path:
    """Return the file in which an upload's parts wait."""
    below = site.services.settings.data_dir / "media" / ".uploads"
    (found,) = [path for path in below.rglob("*") if path.is_file() and path.stat().st_size == size]
    return found


@pytest.mark.parametrize("position", [0, PART - 1, PART, len(CONTENT) - 1])
async def test_u13_byte_that_changed_on_the_disk_is_found(
    disk: Site, ada: Browser, upload: dict[str, Any], position: int
) -> None:
    await send_declared(ada, upload, 1, 2, 3)
    path = open_file(disk, len(CONTENT))
    changed = bytearray(path.read_bytes())
    changed[position] ^= 1
    path.write_bytes(changed)
    refused = await complete(ada, upload)
    await assert_still_open(disk, refused)
    hit = position // PART + 1
    assert f"parts {hit}" in refused.json["detail"]
    await send_declared(ada, upload, hit)
    assert (await complete(ada, upload)).status == 200
