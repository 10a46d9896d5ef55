"""U-8: a link has one spelling; another one is refused rather than read in a second way."""

import itertools
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote

import pytest

from core.testing.sites import Browser, Site
from tests.fakes.transcoder_instant import instant_video
from tests.threats.on_disk import FIRST, ask, link_of, received


def spellings(query: str) -> dict[str, str]:
    """Return other ways to write a query; a second parser reads many of them as the very same."""
    pairs = query.split("&")
    (first, value), *_ = parse_qsl(query)
    escaped = "&".join(f"{name}=%{ord(text[0]):02x}{quote(text[1:])}" for name, text in parse_qsl(query))
    turned = {f"order {number}": "&".join(order) for number, order in enumerate(itertools.permutations(pairs))}
    return turned | {
        "doubled": f"{query}&{query}",
        "first again": f"{query}&{first}={value}",
        "first before": f"{first}={value}x&{query}",
        "unknown": f"{query}&part=2",
        "unknown before": f"part=2&{query}",
        "escaped": escaped,
        "name escaped": query.replace(first, f"%{ord(first[0]):02x}{first[1:]}", 1),
        "upper case": query.replace(first, first.upper(), 1),
        "as a list": query.replace(f"{first}=", f"{first}[]=", 1),
        "semicolons": query.replace("&", ";"),
        "encoded separator": query.replace("&", "%26"),
        "trailing": f"{query}&",
        "leading": f"&{query}",
        "empty pair": query.replace("&", "&&", 1),
        "no value": f"{query}&x",
        "with a plus": query.replace(f"{first}=", f"{first}=+", 1),
        "with a space": query.replace(f"{first}=", f"{first}=%20", 1),
        "with NUL": f"{query}%00",
        "with a line": f"{query}%0a",
        "in the fragment": f"#{query}",
        "half in the fragment": query.replace("&", "#", 1),
        "as parameters of the path": f";{query}",
        "none": "",
    }


def test_u8_second_parser_reads_many_spellings_as_the_same() -> None:
    query = "length=1024&t=a.b.c"
    same = {name for name, text in spellings(query).items() if parse_qs(text) == parse_qs(query) and text != query}
    assert same >= {"order 1", "escaped", "name escaped", "trailing", "leading", "empty pair"}


async def test_u8_part_link_in_another_spelling_is_refused(disk: Site, ada: Browser, upload: dict[str, Any]) -> None:
    path, _, query = (await link_of(ada, upload)).partition("?")
    for name, text in spellings(query).items():
        if text != query:
            assert (await ask(disk, "PUT", f"{path}?{text}", FIRST)).status in (400, 403), name
    assert await received(ada, upload) == []
    assert (await ask(disk, "PUT", f"{path}?{query}", FIRST)).status == 200


async def test_u8_read_link_in_another_spelling_is_refused(disk: Site, ada: Browser) -> None:
    video_id = (await disk.upload(ada, instant_video(), visibility="private"))["video_id"]
    await disk.work()
    path, _, query = (await ada.api("GET", f"/videos/{video_id}")).json["poster_url"].partition("?")
    for name, text in spellings(query).items():
        if text != query:
            # Without a query it is the plain address, and that of a private video leads nowhere.
            refused = (404,) if name in ("none", "in the fragment") else (400, 403)
            assert (await ask(disk, "GET", f"{path}?{text}")).status in refused, name
    assert (await ask(disk, "GET", f"{path}?{query}")).status == 200


@pytest.mark.parametrize("query", ["part=1", "part=1&part=2", "PART=1", "part=%31", "%70art=1"])
async def test_u8_route_that_knows_no_parameter_takes_none(ada: Browser, upload: dict[str, Any], query: str) -> None:
    for method, path in (("GET", ""), ("POST", "/sign"), ("POST", "/complete"), ("DELETE", "")):
        body = {"parts": [1]} if path == "/sign" else {} if method == "POST" else None
        answer = await ada.api(method, f"/uploads/{upload['id']}{path}?{query}", body)
        assert answer.status in (400, 422)
    assert (await ada.api("GET", f"/uploads/{upload['id']}")).json["state"] == "open"
