"""A part's link is good for one request: these bytes' length, this part, this upload, this method, this long."""

import random
import string
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from itertools import product

import pytest
from yarl import URL

from core.api import PartRequest
from core.testing.sending import Sender, StorageHttp
from plugins.storage_s3.storage import S3Storage
from tests.plugins.storage_s3.conftest import ORIGINAL, StorageOpener
from tests.s3_gateway import Gateway

pytestmark = pytest.mark.slow

BODY = b"b" * 1000


@pytest.fixture
async def small(storage: S3Storage, http: StorageHttp) -> AsyncIterator[Sender]:
    """An open upload of one part of 1,000 bytes."""
    target = await storage.open_upload(ORIGINAL, size=1000, part_size=1000, content_type="")
    yield Sender(storage, http, target)
    await storage.abort_upload(target)


async def signed(sender: Sender, *, seconds: int = 600, sha256: str | None = None) -> PartRequest:
    """Return the request for the one part."""
    expires_at = int(time.time()) + seconds
    return await sender.storage.sign_part(sender.target, 1, expires_at=expires_at, sha256=sha256)


def pairs_of(part: PartRequest) -> list[str]:
    """Return the parameters of a part's link as they are spelled."""
    return part.url.partition("?")[2].split("&")


def with_pairs(part: PartRequest, pairs: list[str]) -> PartRequest:
    """Return the request with other parameters."""
    return replace(part, url=f"{part.url.partition('?')[0]}?{'&'.join(pairs)}")


def spoiled(pairs: list[str], field: int) -> Iterator[list[str]]:
    """Yield the parameters with one of them dropped, doubled, or spelled otherwise."""
    before, after = pairs[:field], pairs[field + 1 :]
    name, _, value = pairs[field].partition("=")
    other_case = value.swapcase() if value.swapcase() != value else f"%20{value}"
    for other in ("", value[:-1], f"{value}0", other_case):
        yield [*before, f"{name}={other}", *after]
    yield [*before, f"{name.swapcase()}={value}", *after]
    yield [*before, *after]
    yield [*pairs, pairs[field]]


async def test_u_1_every_field_of_the_link_is_signed(small: Sender) -> None:
    part = await signed(small)
    for field in range(len(pairs_of(part))):
        for pairs in spoiled(pairs_of(part), field):
            assert 400 <= await small.http.send(with_pairs(part, pairs), BODY) < 500, pairs
    assert await small.received() == []


async def test_u_1_no_random_change_of_a_link_is_accepted(small: Sender) -> None:
    part, chosen = await signed(small), random.Random(1)  # noqa: S311 - a seed has to repeat it
    origin = len(str(URL(part.url).origin()))
    for _ in range(500):
        place = chosen.randrange(origin + 1, len(part.url))
        other = chosen.choice((string.ascii_letters + string.digits + "-_.~%=+").replace(part.url[place], ""))
        url = part.url[:place] + other * chosen.randint(0, 2) + part.url[place + 1 :]
        async with small.http.session.put(URL(url, encoded=True), data=BODY) as answer:
            assert 400 <= answer.status < 500, url
    assert await small.received() == []


async def test_u_2_link_dies_at_its_second(small: Sender) -> None:
    assert await small.http.send(await signed(small, seconds=5), BODY) == 200
    statuses = [await small.http.send(await signed(small, seconds=over), BODY) for over in (0, -1, -3600)]
    assert statuses == [403, 403, 403]


async def test_u_2_link_lives_no_longer_than_the_setting_whoever_asks(open_s3: StorageOpener, small: Sender) -> None:
    async with open_s3(part_url_seconds=600) as storage:
        part = await storage.sign_part(small.target, 1, expires_at=int(time.time()) + 8 * 86400)
    [life] = [int(pair.partition("=")[2]) for pair in pairs_of(part) if pair.startswith("X-Amz-Expires=")]
    assert life in (599, 600)


async def test_u_2_rightly_signed_link_of_eight_days_is_refused(small: Sender, storage: S3Storage) -> None:
    url = storage.presigner.url_signed_at(
        int(time.time()),
        "PUT",
        ORIGINAL,
        lifetime=8 * 86400,
        query={"partNumber": "1", "uploadId": small.target.upload_id},
        headers={"content-length": "1000"},
    )
    assert await small.http.send(PartRequest(url), BODY) == 400
    assert await small.received() == []


async def test_u_3_link_is_for_one_method_and_one_path(small: Sender) -> None:
    part = await signed(small)
    paths = [ORIGINAL, f"{ORIGINAL}2", f"{ORIGINAL}/../other", f"{ORIGINAL}//", f"{ORIGINAL}/%2e%2e/other", "%2F"]
    for method, path in product(("GET", "HEAD", "DELETE", "POST", "PATCH", "OPTIONS", "PUT"), paths):
        if (method, path) != ("PUT", ORIGINAL):
            url = URL(part.url.replace(ORIGINAL, path), encoded=True)
            async with small.http.session.request(method, url, data=BODY) as answer:
                assert 400 <= answer.status < 500, (method, path)
    assert await small.received() == []


async def test_u_4_body_of_another_length_is_refused(small: Sender) -> None:
    part = await signed(small)
    assert [await small.http.send(part, b"b" * size) for size in (0, 999, 1001, 5000)] == [403] * 4
    assert await small.received() == []


async def test_u_4_body_without_a_length_is_refused(small: Sender) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield BODY

    part = await signed(small)
    async with small.http.session.put(URL(part.url, encoded=True), data=chunks()) as answer:
        assert 400 <= answer.status < 500
    assert await small.received() == []


async def test_u_8_doubled_or_unknown_parameter_is_refused(small: Sender) -> None:
    part = await signed(small)
    for extra in ("partNumber=2", "partNumber=1", "PARTNUMBER=2", "x=1", "uploadId=1", "part%4eumber=2"):
        for pairs in ([*pairs_of(part), extra], [extra, *pairs_of(part)]):
            assert 400 <= await small.http.send(with_pairs(part, pairs), BODY) < 500, pairs
    assert await small.received() == []


async def test_u_8_other_spelling_of_the_part_is_never_another_part(small: Sender) -> None:
    part = await signed(small)
    for spelled in ("partNumber=%31", "partNumber=01", "partNumber=1.0", "partNumber=%EF%BC%91", "partNumber=1%20"):
        other = replace(part, url=part.url.replace("partNumber=1", spelled))
        assert 400 <= await small.http.send(other, BODY) < 500
    assert await small.received() == []


async def test_u_1_store_of_the_tests_takes_the_link_unchanged(small: Sender, gateway: Gateway) -> None:
    """Without this, refusals would prove nothing."""
    assert await small.http.send(await signed(small), BODY) == 200
    assert await small.received() == [1]
    assert gateway.seen[-2:] == ["UploadPart", "ListParts"]
