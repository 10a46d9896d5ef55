"""Addresses: our own are built in one place, and what clients send as one is believed only if it is ours."""

import time

import pytest

from core.http.context import safe_next
from core.http.cursors import decode_cursor, encode_cursor
from core.http.policies import ANYONE
from core.http.routing import Route
from core.http.urls import Urls
from core.problems import Problem
from core.signing import Signer
from core.testing.sites import Site
from tests.core.http.proving.views import page

SECRET = b"s" * 32
WEEK = 7 * 86400

OWN = ["/", "/watch/x", "/a?b=c&d=%2F", "/a#b", "/a//b", "/@ada", "/%09/e", "/.//e", "/a:b", "/a\\b", "/?next=//evil"]
FOREIGN = [
    None,
    "",
    " ",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "http://evil.example",
    "https://evil.example/",
    "https:evil.example",
    "HTTPS://evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "mailto:a@example.org",
    "evil.example",
    "@evil.example",
    "?next=/",
    "#a",
    "../a",
    "./a",
    "\t//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "/\0",
    "/ /evil.example",
    " /a",
    "/a b",
    "/ü",
    "/\u2215evil.example",
    "\u2044/evil.example",
    "\uff0f\uff0fevil.example",
    "/\u00a0/evil.example",
    "/a\r\nSet-Cookie: a=b",
    "/a\n",
    "/\x7f",
    "/\udcff",
]


@pytest.mark.parametrize("value", OWN)
async def test_own_path_is_followed_w_8(value: str) -> None:
    assert safe_next(value) == value


@pytest.mark.parametrize("value", FOREIGN)
async def test_anything_else_leads_to_the_start_page_w_8(value: str | None) -> None:
    assert safe_next(value) == "/"


async def test_redirect_takes_only_own_paths(site: Site) -> None:
    await site.user("ada")
    for value in [*filter(None, FOREIGN[:-1]), *OWN]:
        async with (await site.browser()).request("POST", "/proving/login/ada", params={"next": value}) as answer:
            assert answer.headers["Location"] == safe_next(value)
            assert [cookie.key for cookie in answer.cookies.values()] == ["mutoscope"]


@pytest.fixture
def urls() -> Urls:
    urls = Urls("https://video.example.org")
    urls.add([Route("GET", "/watch/{video_id:[0-9a-z]{16}}/{name:[a-z]+}.m3u8", page, ANYONE, "catalog.watch")])
    return urls


async def test_parameters_outside_the_path_become_the_query(urls: Urls) -> None:
    path = urls.path("catalog.watch", video_id="x", name="a", key="a&b=c/", page=None, t=3)
    assert path == "/watch/x/a.m3u8?key=a%26b%3Dc%2F&t=3"


async def test_parameters_are_quoted(urls: Urls) -> None:
    assert urls.path("catalog.watch", video_id="a?b#c", name="ü") == "/watch/a%3Fb%23c/%C3%BC.m3u8"


async def test_route_or_parameter_that_is_missing_is_named(urls: Urls) -> None:
    assert urls.knows("catalog.watch")
    assert not urls.knows("catalog.home")
    with pytest.raises(KeyError, match=r"catalog\.home"):
        urls.path("catalog.home")
    with pytest.raises(KeyError, match="video_id"):
        urls.path("catalog.watch")


async def test_absolute_address_is_the_configured_one_h_7(urls: Urls) -> None:
    assert urls.absolute("/a") == "https://video.example.org/a"
    assert urls.absolute("https://cdn.example.org/a") == "https://cdn.example.org/a"


@pytest.mark.parametrize("values", [["2026-11-22T00:00:00+00:00", "abc"], [], [1, -2.5, "ü / ? &"]])
async def test_cursor_gives_back_what_it_was_made_of(values: list[str | int | float]) -> None:
    signer = Signer([SECRET])
    assert decode_cursor(signer, "newest", encode_cursor(signer, "newest", values)) == values


BROKEN = {
    "nothing": "",
    "no signature": "{values}",
    "half of a signature": "{cursor:.60}",
    "one letter more": "{cursor}a",
    "other values": "W10.{token}",
    "NUL": "\0{cursor}",
    "no ASCII": "{cursor}é",
    "dots": "." * 20,
    "garbage": "%%%.%%%.%%%.%%%",
    "long": "a" * 100_000,
}


@pytest.mark.parametrize("name", BROKEN)
async def test_cursor_that_was_touched_is_refused(name: str) -> None:
    signer = Signer([SECRET])
    cursor = encode_cursor(signer, "newest", ["a", 1])
    values, _, token = cursor.partition(".")
    with pytest.raises(Problem) as refused:
        decode_cursor(signer, "newest", BROKEN[name].format(cursor=cursor, values=values, token=token))
    assert (refused.value.status, refused.value.code, list(refused.value.errors)) == (422, "invalid_cursor", ["cursor"])


async def test_cursor_counts_for_its_own_list_alone() -> None:
    signer = Signer([SECRET])
    cursor = encode_cursor(signer, "videos of ada", ["a"])
    for name in ("videos of bob", "videos", ""):
        with pytest.raises(Problem, match="not of this list"):
            decode_cursor(signer, name, cursor)


async def test_cursor_is_dead_after_a_week_and_under_other_keys() -> None:
    cursor = encode_cursor(Signer([SECRET]), "newest", ["a"])
    for signer in (Signer([SECRET], clock=lambda: time.time() + WEEK + 1), Signer([b"t" * 32])):
        with pytest.raises(Problem, match="too old"):
            decode_cursor(signer, "newest", cursor)
