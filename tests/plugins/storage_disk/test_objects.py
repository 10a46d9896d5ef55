"""An object is sent as what it is, in whole or one range, to whoever the gate lets in (THREATS P-2, P-6, P-7)."""

import time
from pathlib import Path

import pytest

from core.api import ReadGrant, StorageKey
from core.testing.sending import StorageHttp
from plugins.storage_disk.storage import DiskStorage
from tests.plugins.storage_disk.conftest import CONTENT, GRANT, SEGMENT, SET, FakeGate
from tests.plugins.storage_disk.wire import Answer, ask


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("master.m3u8", "application/vnd.apple.mpegurl"),
        ("init.mp4", "video/mp4"),
        ("1.m4s", "video/mp4"),
        ("poster.jpg", "image/jpeg"),
        ("sprite.webp", "image/webp"),
        ("storyboard.vtt", "text/vtt"),
    ],
)
async def test_p7_object_has_the_type_of_its_ending(
    storage: DiskStorage, http: StorageHttp, tmp_path: Path, name: str, content_type: str
) -> None:
    (tmp_path / "file").write_bytes(b"<script>alert(1)</script>")
    await storage.put_file(SET.child(name), tmp_path / "file", content_type="text/html")
    answer = await ask(http, "GET", f"/media/{SET}/{name}")
    assert answer.headers["content-type"].startswith(content_type)
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "content-disposition" not in answer.headers


@pytest.mark.parametrize(
    "key", ["originals/v/u", "videos/v/s/page.html", "videos/v/s/image.svg", "videos/v/s/x.mp4.gz"]
)
async def test_p7_anything_else_is_downloaded(
    storage: DiskStorage, http: StorageHttp, tmp_path: Path, key: str
) -> None:
    (tmp_path / "file").write_bytes(b"<script>alert(1)</script>")
    await storage.put_file(StorageKey(key), tmp_path / "file", content_type="text/html")
    answer = await ask(http, "GET", f"/media/{key}")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.usefixtures("stored")
async def test_public_object_is_immutable(http: StorageHttp) -> None:
    answer = await ask(http, "GET", f"/media/{SEGMENT}")
    assert answer.body == CONTENT
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.usefixtures("stored")
async def test_head_says_what_get_would(http: StorageHttp) -> None:
    get, head = [await ask(http, method, f"/media/{SEGMENT}") for method in ("GET", "HEAD")]
    assert (head.status, head.body) == (200, b"")
    assert {**head.headers, "date": ""} == {**get.headers, "date": ""}


@pytest.mark.usefixtures("stored")
async def test_known_object_is_not_sent_again(http: StorageHttp) -> None:
    first = await ask(http, "GET", f"/media/{SEGMENT}")
    again = await ask(http, "GET", f"/media/{SEGMENT}", if_none_match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")


async def test_granted_object_is_cached_for_as_long_as_the_grant(stored: DiskStorage, http: StorageHttp) -> None:
    grant = ReadGrant(SET, "3.viewer", int(time.time()) + 100)
    answer = await ask(http, "GET", stored.url(SEGMENT, grant))
    scope, _, seconds = answer.headers["cache-control"].partition(", max-age=")
    assert (answer.body, scope) == (CONTENT, "private")
    assert 90 <= int(seconds) <= 100


async def test_p2_gate_decides_on_every_object(stored: DiskStorage, http: StorageHttp, gate: FakeGate) -> None:
    for url in (stored.url(SEGMENT, None), stored.url(SEGMENT, GRANT)):
        assert (await ask(http, "GET", url)).status == 200
    assert gate.asked == [(SEGMENT, None), (SEGMENT, GRANT)]


async def test_p2_refused_object_looks_like_a_missing_one(
    stored: DiskStorage, http: StorageHttp, gate: FakeGate
) -> None:
    async def answers() -> list[Answer]:
        urls = [stored.url(key, grant) for key in (SEGMENT, SET.child("720p", "2.m4s")) for grant in (None, GRANT)]
        return [await ask(http, method, url) for url in urls for method in ("GET", "HEAD")]

    gate.open = False
    shapes = {(answer.status, answer.body, answer.headers["content-type"]) for answer in await answers()}
    assert {status for status, _, _ in shapes} == {404}
    assert len({body for _, body, _ in shapes if body}) == 1


@pytest.mark.parametrize(
    ("wanted", "status", "content_range"),
    [
        ("bytes=0-0", 206, "bytes 0-0/100000"),
        ("bytes=0-", 206, "bytes 0-99999/100000"),
        ("bytes=99999-", 206, "bytes 99999-99999/100000"),
        ("bytes=-1", 206, "bytes 99999-99999/100000"),
        ("bytes=-100001", 206, "bytes 0-99999/100000"),
        ("bytes=5-1000000", 206, "bytes 5-99999/100000"),
        ("bytes=100000-", 416, "bytes */100000"),
        ("bytes=100000-100001", 416, "bytes */100000"),
        ("bytes=5-4", 416, "bytes */100000"),
        ("bytes=-", 416, "bytes */100000"),
        ("bytes=a-b", 416, "bytes */100000"),
        ("bytes=0-0,2-3", 416, "bytes */100000"),
        ("bytes=0-0, 0-0", 416, "bytes */100000"),
        ("bytes=--1", 416, "bytes */100000"),
        ("bytes=\u0661-\u0662", 416, "bytes */100000"),
        ("bytes=" + "9" * 5000 + "-", 416, "bytes */100000"),
        ("bytes=99999999999999999999-", 416, "bytes */100000"),
        ("items=0-1", 416, "bytes */100000"),
        ("bytes=0-0;q=1", 416, "bytes */100000"),
        ("bytes=5-4,0-0", 416, "bytes */100000"),
        ("bytes 0-1", 416, "bytes */100000"),
    ],
)
@pytest.mark.usefixtures("stored")
async def test_p6_single_range_is_served_and_any_other_refused(
    http: StorageHttp, wanted: str, status: int, content_range: str
) -> None:
    answer = await ask(http, "GET", f"/media/{SEGMENT}", range=wanted.encode().decode("latin-1"))
    assert (answer.status, answer.headers["content-range"]) == (status, content_range)
    if status == 206:
        first, last = (int(number) for number in content_range[6:].partition("/")[0].split("-"))
        assert answer.body == CONTENT[first : last + 1]
    else:
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.usefixtures("stored")
async def test_p6_thousand_ranges_send_nothing(http: StorageHttp) -> None:
    answer = await ask(http, "GET", f"/media/{SEGMENT}", range="bytes=" + ",".join(["0-"] * 1000))
    assert (answer.status, answer.body) == (416, b"")


@pytest.mark.usefixtures("stored")
async def test_failed_precondition_is_not_cached(http: StorageHttp) -> None:
    answer = await ask(http, "GET", f"/media/{SEGMENT}", if_match='"another"')
    assert (answer.status, answer.headers["cache-control"]) == (412, "no-store")
