"""No other site can make a browser act here: every unsafe route is tried, in each way that a browser sends (C-1)."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from structlog.typing import EventDict

from core.http.csrf import SAFE_METHODS
from core.http.sessions import cookie_name, start_session
from core.models import Job, RenditionSet, Role, Session, Upload, User, Video
from core.testing.sites import Site
from tests.core.http.conftest import Opener
from tests.routes import example_path

FOREIGN = {
    "cross-site by fetch metadata": {"Sec-Fetch-Site": "cross-site"},
    "same-site is not same-origin": {"Sec-Fetch-Site": "same-site"},
    "unknown fetch metadata": {"Sec-Fetch-Site": "whatever"},
    "cross-site with a borrowed Origin": {"Sec-Fetch-Site": "cross-site", "Origin": "own"},
    "evil Origin": {"Origin": "https://evil.example"},
    "opaque Origin": {"Origin": "null"},
    "Origin that begins like ours": {"Origin": "own.evil.example"},
    "Origin of another port": {"Origin": "http://127.0.0.1:1"},
    "empty Origin": {"Origin": ""},
    "neither header, but our cookie": {},
}
OWN = {
    "fetch metadata": {"Sec-Fetch-Site": "same-origin"},
    "typed by the user": {"Sec-Fetch-Site": "none"},
    "own Origin": {"Origin": "own"},
}


def sent(site: Site, headers: dict[str, str]) -> dict[str, str]:
    own = site.services.settings.base_url
    return {name: value.replace("own", own) if name == "Origin" else value for name, value in headers.items()}


@pytest.fixture
async def signed_in(site: Site) -> AsyncIterator[ClientSession]:
    """An administrator's client that says nothing of where its requests come from."""
    settings = site.services.settings
    secret = await start_session(await site.user("ada", Role.ADMIN), settings)
    async with ClientSession(site.url, headers={"Cookie": f"{cookie_name(settings)}={secret}"}) as session:
        yield session


async def rows() -> list[list[str]]:
    """Return every row of every table that requests change."""
    tables = (User, Session, Video, RenditionSet, Upload, Job)
    return [sorted(str(row) for row in await table.all().values()) for table in tables]


@pytest.mark.parametrize("name", FOREIGN)
async def test_no_unsafe_route_takes_what_another_site_sent_c_1(
    site: Site, signed_in: ClientSession, name: str
) -> None:
    unsafe = [route for route in site.services.routes if route.method not in SAFE_METHODS and route.policy.session]
    before = await rows()
    assert len(unsafe) > 8
    for route in unsafe:
        async with signed_in.request(
            route.method, example_path(route), json={}, headers=sent(site, FOREIGN[name])
        ) as answer:
            assert (answer.status, (await answer.json())["code"]) == (403, "cross_site"), route
    assert await rows() == before


@pytest.mark.parametrize("name", OWN)
async def test_own_pages_pass_the_guard(site: Site, signed_in: ClientSession, name: str) -> None:
    async with signed_in.post("/proving/members", headers=sent(site, OWN[name])) as answer:
        assert answer.status == 200


async def test_program_without_cookie_needs_no_origin(site: Site) -> None:
    async with ClientSession(site.url) as program, program.post("/proving/form", data={"name": "x"}) as answer:
        assert answer.status == 200


async def test_safe_methods_may_come_from_anywhere(signed_in: ClientSession) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "null"}
    async with signed_in.get("/proving/members", headers=headers) as answer:
        assert answer.status == 200


async def test_method_cannot_be_overridden_c_5(signed_in: ClientSession) -> None:
    headers = {"X-HTTP-Method-Override": "POST", "Sec-Fetch-Site": "cross-site"}
    async with signed_in.get("/proving/logout?_method=POST", headers=headers) as answer:
        assert answer.status == 405


async def test_no_answer_allows_other_origins_c_6(site: Site, signed_in: ClientSession, logs: list[EventDict]) -> None:
    for route in site.services.routes:
        if route.method == "GET" and not route.streams and route.name != "proving.slow":
            async with signed_in.get(example_path(route), headers={"Origin": "https://evil.example"}) as answer:
                assert not [name for name in answer.headers if name.lower().startswith("access-control-")], route
    logs.clear()


async def test_own_origin_is_the_configured_one(opener: Opener) -> None:
    async with opener(settings={"site": {"base_url": "https://Video.Example.org:443/"}}) as site:
        browser = await site.browser()
        for origin, status in [("https://video.example.org", 200), (site.url, 403)]:
            async with browser.request("POST", "/proving/form", data={"name": "x"}, headers={"Origin": origin}) as got:
                assert got.status == status
