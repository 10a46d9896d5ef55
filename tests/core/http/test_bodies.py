"""JSON bodies: whatever a client sends is taken as it was meant, or refused with a reason (H-2, H-4, H-6)."""

import gzip
import json
import time

import pytest
import pytest_asyncio

from core.testing.sites import Browser, Site
from tests.core.http.sending import FORM, JSON, send

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def client(shared_site: Site) -> Browser:
    return await shared_site.browser()


MALFORMED = {
    "nothing": b"",
    "no JSON": b"name=x",
    "cut off": b'{"name": "x"',
    "two values": b'{"name": "x"} {}',
    "doubled name": b'{"name": "x", "name": "y"}',
    "doubled name inside": b'{"name": "x", "inside": [{"a": 1, "a": 2}]}',
    "NaN": b'{"name": "x", "inside": NaN}',
    "Infinity": b'{"name": "x", "inside": -Infinity}',
    "overflowing float": b'{"name": "x", "inside": 1e999}',
    "2^53 + 1": b'{"name": "x", "inside": 9007199254740993}',
    "-2^53 - 1": b'{"name": "x", "inside": -9007199254740993}',
    "integer of 100,000 digits": b'{"name": "x", "inside": ' + b"9" * 100_000 + b"}",
    "33 deep": b'{"name": "x", "inside": ' + b"[" * 32 + b"]" * 32 + b"}",
    "100,000 deep": b"[" * 100_000 + b"]" * 100_000,
    "100,000 objects deep": b'{"a":' * 40_000 + b"1" + b"}" * 40_000,
    "lone surrogate": b'{"name": "\\ud800"}',
    "lone surrogate as a name": b'{"name": "x", "inside": {"\\udfff": 1}}',
    "bytes that are no UTF-8": b'{"name": "\xff"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "raw control character": b'{"name": "a\nb"}',
    "trailing comma": b'{"name": "x",}',
}


@pytest.mark.parametrize("name", MALFORMED)
async def test_malformed_json_is_refused_h_6(client: Browser, name: str) -> None:
    started = time.perf_counter()
    answer = await send(client, "/api/v1/proving/thing", MALFORMED[name], JSON)
    assert (answer.status, answer.json["code"]) == (400, "malformed_json")
    assert len(answer.json["detail"]) < 200
    assert time.perf_counter() - started < 10


INVALID: dict[str, object] = {
    "no object": [],
    "null": None,
    "a string": "name",
    "missing": {},
    "unknown field": {"name": "x", "role": "admin"},
    "wrong type": {"name": 7},
    "object for a string": {"name": {"$ne": None}},
    "list for a string": {"name": ["x"]},
    "too long": {"name": "x" * 21},
    "empty": {"name": " \u200b "},
    "NUL": {"name": "a\0b"},
    "above": {"name": "x", "count": 101},
    "fraction": {"name": "x", "count": 1.5},
    "null for a number": {"name": "x", "count": None},
}


@pytest.mark.parametrize("name", INVALID)
async def test_invalid_json_names_its_fields(client: Browser, name: str) -> None:
    answer = await send(client, "/api/v1/proving/thing", json.dumps(INVALID[name]).encode(), JSON)
    assert (answer.status, answer.json["code"]) == (422, "invalid")
    assert answer.json["errors"]
    assert all(sentence.endswith(".") for sentence in answer.json["errors"].values())


async def test_complaint_does_not_repeat_what_was_sent_w_13(client: Browser) -> None:
    answer = await client.api("POST", "/proving/thing", {"name": "x", "<script>" * 100: 1})
    assert answer.status == 422
    assert all(len(field) <= 100 for field in answer.json["errors"])


@pytest.mark.parametrize(
    "inside", [9007199254740992, -9007199254740992, 0.1, "🎬 \u200d", None, [[[[]]]], {"a": {"b": [True]}}]
)
async def test_good_json_is_taken_as_it_is(client: Browser, inside: object) -> None:
    answer = await client.api("POST", "/proving/thing", {"name": "x", "inside": inside})
    assert (answer.status, answer.json) == (200, {"name": "x", "count": 0, "inside": inside})


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "text/plain; application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/octet-stream",
        "application/jsonp",
        ";;;",
    ],
)
async def test_json_of_another_type_is_refused_c_5(client: Browser, content_type: str) -> None:
    answer = await send(client, "/api/v1/proving/thing", b'{"name": "x"}', {"Content-Type": content_type})
    assert (answer.status, answer.json["code"]) == (415, "unsupported_media_type")


BOMB = gzip.compress(b"\0" * 20_000_000)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "identity, gzip"])
@pytest.mark.parametrize("path", ["/api/v1/proving/thing", "/proving/form", "/no/such/page"])
async def test_compressed_body_is_refused_before_it_grows_h_2(client: Browser, path: str, encoding: str) -> None:
    headers = {**JSON, "Accept": "*/*", "Content-Encoding": encoding}
    answer = await send(client, path, BOMB, headers)
    assert (answer.status, answer.json["code"]) == (415, "unsupported_encoding")


@pytest.mark.parametrize(
    ("size", "path", "headers"),
    [
        (256 * 1024 + 1, "/api/v1/proving/thing", JSON),
        (1024**2 + 1, "/api/v1/proving/thing", JSON),
        (1024**2 + 1, "/proving/form", FORM),
    ],
)
async def test_body_over_the_limit_is_refused_h_4(
    client: Browser, size: int, path: str, headers: dict[str, str]
) -> None:
    answer = await send(client, path, b"n" * size, {**headers, "Accept": "application/json"})
    assert (answer.status, answer.json["code"]) == (413, "too_large")


async def test_body_at_the_limit_is_read(client: Browser) -> None:
    body = b'{"name": "x"' + b" " * (256 * 1024 - 13) + b"}"
    assert (await send(client, "/api/v1/proving/thing", body, JSON)).status == 200
