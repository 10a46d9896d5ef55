"""A part's link writes that part, once signed, and nothing else (THREATS U-1, U-2, U-3, U-8, U-10)."""

import random
import re
import time
from urllib.parse import parse_qsl

import pytest

from core.api import BadSignature, Signer, StorageKey, UploadTarget
from core.testing.sending import Sender, in_ten_minutes, sha256_of
from plugins.storage_disk.links import Links, MalformedLink
from tests.plugins.storage_disk.wire import ask

HOUR = 3600
CHECKSUM = sha256_of(b"a part")
NOW = 1_800_000_000
TARGET = UploadTarget(StorageKey("originals/0video/0upload"), "0123456789abcdef" * 2, 25_000_000, 10_000_000)


def links(now: float = NOW) -> Links:
    signer = Signer([b"0123456789abcdef0123456789abcdef"], clock=lambda: now)
    return Links(signer, part_seconds=HOUR, read_seconds=6 * HOUR)


def same_every_time() -> random.Random:
    """Return numbers that can be had again."""
    return random.Random(1)  # noqa: S311 - a seed has to repeat it


def accepted(url: str, now: float = NOW) -> bool:
    path, _, query = url.partition("?")
    route = re.fullmatch("/media/uploads/([0-9a-f]{32})/([1-9][0-9]{0,4})", path)
    if not route:
        return False
    try:
        links(now).check_part(route[1], int(route[2]), query)
    except (BadSignature, MalformedLink):
        return False
    return True


@pytest.mark.parametrize("sha256", [None, CHECKSUM])
def test_u1_no_mutation_of_a_link_is_accepted(sha256: str | None) -> None:
    url = links().part(TARGET, 2, expires_at=NOW + HOUR, sha256=sha256)
    seeded = same_every_time()
    for _ in range(2000):
        start = seeded.randrange(len("/media/uploads/"), len(url) + 1)
        end = start + seeded.randrange(3)
        mutated = url[:start] + "".join(seeded.choices("09af_-.~&=?tlL/%A", k=seeded.randrange(3))) + url[end:]
        assert accepted(mutated) == (mutated == url), mutated


def altered(text: str) -> list[str]:
    """Return a value with one bit flipped at either end, empty, doubled, in another case and in another encoding."""
    first, last = chr(ord(text[0]) ^ 1), chr(ord(text[-1]) ^ 1)
    return [first + text[1:], text[:-1] + last, "", text * 2, text.swapcase(), f"%{ord(text[0]):02X}{text[1:]}"]


@pytest.mark.parametrize("field", ["upload", "number", "length", "sha256", "key", "expiry", "mac"])
def test_u1_no_field_of_a_link_can_be_altered(field: str) -> None:
    url = links().part(TARGET, 2, expires_at=NOW + HOUR, sha256=CHECKSUM)
    shape = re.compile(
        r"/media/uploads/(?P<upload>.+)/(?P<number>.+)[?]length=(?P<length>.+)&sha256=(?P<sha256>.+)"
        r"&t=(?P<key>.+)[.](?P<expiry>.+)[.](?P<mac>.+)"
    )
    match = shape.fullmatch(url)
    assert match
    assert accepted(url)
    start, end = match.span(field)
    forged = {url[:start] + value + url[end:] for value in altered(match[field])} - {url}
    assert len(forged) >= 4
    assert [link for link in forged if accepted(link)] == []


def test_u1_checksum_can_neither_be_dropped_nor_added() -> None:
    plain, bound = [links().part(TARGET, 2, expires_at=NOW + HOUR, sha256=sha256) for sha256 in (None, CHECKSUM)]
    declared = re.search("&sha256=[^&]+", bound)
    assert declared
    assert not accepted(bound.replace(declared[0], ""))
    assert not accepted(plain.replace("&t=", f"{declared[0]}&t="))


@pytest.mark.parametrize("old_new", [("/2?", "/1?"), ("length=65536", "length=65535"), ("t=", "T="), ("&t", "&v=1&t")])
async def test_u1_tampered_link_writes_nothing(sender: Sender, old_new: tuple[str, str]) -> None:
    url = (await sender.sign(2)).url.replace(*old_new)
    async with sender.http.session.put(sender.http.address(url), data=sender.part(2)) as response:
        assert response.status in (400, 403)
    assert await sender.received() == []


@pytest.mark.parametrize(
    ("now", "lifetime", "is_alive"),
    [
        (NOW + HOUR - 1, HOUR, True),
        (NOW + HOUR, HOUR, False),
        (NOW + HOUR + 1, HOUR, False),
        (NOW, 8 * 86_400, False),
        (NOW, HOUR + 301, False),
        (NOW - 200, HOUR, True),  # the clock of another web process is a little behind
    ],
)
def test_u2_link_is_accepted_within_its_time_only(now: int, lifetime: int, *, is_alive: bool) -> None:
    assert accepted(links().part(TARGET, 1, expires_at=NOW + lifetime), now) == is_alive


@pytest.mark.parametrize("lifetime", [0, -1, 8 * 86_400, 10**11])
async def test_u2_link_that_is_over_or_lives_too_long_is_refused(sender: Sender, lifetime: int) -> None:
    signed = await sender.storage.sign_part(sender.target, 1, expires_at=int(time.time()) + lifetime)
    assert await sender.http.send(signed, sender.part(1)) == 403
    assert await sender.received() == []


async def test_u3_link_is_good_for_one_method_and_one_path(sender: Sender) -> None:
    signed = await sender.sign(1)
    path, _, query = signed.url.partition("?")
    other = await sender.storage.open_upload(
        StorageKey("originals/b/b"), size=65_536, part_size=65_536, content_type=""
    )
    paths = [
        path.removesuffix("1") + "2",
        path.replace(sender.target.upload_id, other.upload_id),
        path.replace("/uploads/", "//uploads/"),
        f"/media/uploads/x/../{sender.target.upload_id}/1",
        path.replace("/media/", "/media/%2e%2e/media/"),
        f"/media/{sender.target.key}",
    ]
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        for target in paths if method == "PUT" else [path, *paths]:
            answer = await ask(sender.http, method, f"{target}?{query}", content_length=0)
            assert answer.status in (400, 403, 404, 405), f"{method} {target}"
    assert await sender.received() == await Sender(sender.storage, sender.http, other).received() == []
    assert await sender.http.send(signed, sender.part(1)) == 200


@pytest.mark.parametrize(
    "spelling",
    [
        "",
        "{query}&",
        "&{query}",
        "{query}&{query}",
        "{query}&part=1",
        "{query}#t=1",
        "{token}&{length}",
        "{length}",
        "{token}",
        "{length}&T={value}",
        "{length}&t=%{hex}{rest}",
        "{length};{token}",
        "{length}&t[]={value}",
        "length=+65536&{token}",
        "length=065536&{token}",
        "length=65536.0&{token}",
        "length=%EF%BC%96&{token}",
    ],
)
async def test_u8_query_in_any_other_spelling_is_refused(sender: Sender, spelling: str) -> None:
    path, _, query = (await sender.sign(1)).url.partition("?")
    length, token = query.split("&")
    value = token.removeprefix("t=")
    text = spelling.format(
        query=query, length=length, token=token, value=value, hex=f"{ord(value[0]):02x}", rest=value[1:]
    )
    answer = await ask(sender.http, "PUT", f"{path}?{text}", content_length=0)
    assert answer.status in (400, 403)
    assert await sender.received() == []


PIECES = [*"&&==;?#+.", "length", "LENGTH", "%6cength", "t", "1", "10000000", "sha256", "", "%3D"]


@pytest.mark.parametrize("sha256", [None, CHECKSUM])
def test_u8_two_parsers_read_the_same_from_an_accepted_link(sha256: str | None) -> None:
    path, _, query = links().part(TARGET, 2, expires_at=NOW + HOUR, sha256=sha256).partition("?")
    signed = parse_qsl(query, strict_parsing=True)
    assert len(dict(signed)) == len(signed)
    fields, seeded = re.split("([&=])", query), same_every_time()
    for _ in range(1000):
        place = seeded.randrange(len(fields))
        spelled = "".join(fields[:place] + seeded.choices(PIECES, k=seeded.randrange(3)) + fields[place:])
        if accepted(f"{path}?{spelled}"):
            assert parse_qsl(spelled, keep_blank_values=True, strict_parsing=True) == signed


@pytest.mark.parametrize(
    "number", ["0", "-1", "01", "4", "10001", "100000", "1.5", "1e3", "%EF%BC%91", "9223372036854775808"]
)
async def test_u10_no_other_part_number_writes_anything(sender: Sender, number: str) -> None:
    path, _, query = (await sender.sign(1)).url.partition("?")
    answer = await ask(sender.http, "PUT", f"{path.removesuffix('1')}{number}?{query}", content_length=0)
    assert answer.status in (403, 404, 405)
    assert await sender.received() == []


async def test_link_needs_no_headers_and_stays_on_our_origin(sender: Sender) -> None:
    signed = await sender.storage.sign_part(sender.target, 1, expires_at=in_ten_minutes())
    assert signed.url.startswith("/media/uploads/")
    assert dict(signed.headers) == {}
