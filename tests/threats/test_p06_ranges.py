"""A range costs what it gives: one is served, any other is refused, and none takes time (P-6)."""

import time

import pytest

from core.models import Visibility
from core.testing.sites import Answer, Browser, Site
from tests.core.videos.states import in_state
from tests.threats.watching import addresses

SIZE = 1000  # of a segment of the instant transcoder
# What a Range header is answered with: status, and the bytes from and to; nothing where it is refused.
TABLE = {
    "bytes=0-0": (206, 0, 0),
    "bytes=0-": (206, 0, 999),
    "bytes=10-19": (206, 10, 19),
    "bytes=999-": (206, 999, 999),
    "bytes=-1": (206, 999, 999),
    "bytes=-1000": (206, 0, 999),
    "bytes=-1001": (206, 0, 999),
    "bytes=5-99999999": (206, 5, 999),
    "bytes=1000-": (416, 0, 0),
    "bytes=1000-1001": (416, 0, 0),
    "bytes=99999999999999999999-": (416, 0, 0),
    "bytes=" + "9" * 5000 + "-": (416, 0, 0),
    "bytes=5-4": (416, 0, 0),
    "bytes=--1": (416, 0, 0),
    "bytes=-": (416, 0, 0),
    "bytes=-0": (206, 0, 999),  # aiohttp takes it for "from 0", which is no more than the whole
    "bytes=a-b": (416, 0, 0),
    "bytes=0x0-0x1": (416, 0, 0),
    "bytes=\u0661-\u0662": (416, 0, 0),
    "bytes=\uff11-\uff12": (416, 0, 0),
    "bytes=0-0,2-3": (416, 0, 0),
    "bytes=0-0, 0-0": (416, 0, 0),
    "bytes=0-0;q=1": (416, 0, 0),
    "items=0-1": (416, 0, 0),
}
MANY = "bytes=" + ",".join(["0-"] * 1000)


@pytest.fixture
async def site(disk_site: Site) -> Site:
    return disk_site


@pytest.fixture
async def paths(site: Site, studio: Browser) -> dict[str, str]:
    """Where a public video's media are."""
    return await addresses(site, studio, await in_state(site, studio, "published", Visibility.PUBLIC))


async def ranged(browser: Browser, path: str, asked: str) -> Answer:
    """GET a range."""
    return await browser.get(path, headers={"Range": asked})


async def test_p6_one_range_is_served_and_any_other_refused(client: Browser, paths: dict[str, str]) -> None:
    whole = (await client.get(paths["segment"])).body
    assert len(whole) == SIZE
    assert len(TABLE) >= 20
    for asked, (status, first, last) in TABLE.items():
        answer = await ranged(client, paths["segment"], asked)
        assert answer.status == status, asked
        if status == 206:
            assert answer.body == whole[first : last + 1]
            assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
        else:
            assert (answer.body, answer.headers["Content-Range"]) == (b"", f"bytes */{SIZE}")
            assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("kind", ["master", "playlist"])
async def test_p6_text_is_always_sent_whole(client: Browser, paths: dict[str, str], kind: str) -> None:
    whole = await client.get(paths[kind])
    for asked in ("bytes=0-0", "bytes=99999-", MANY):
        answer = await ranged(client, paths[kind], asked)
        assert (answer.status, answer.body) == (200, whole.body)


async def test_p6_a_thousand_ranges_cost_nothing(client: Browser, paths: dict[str, str]) -> None:
    costs = []
    for _ in range(5):
        started = time.process_time()
        answer = await ranged(client, paths["segment"], MANY)
        costs.append(time.process_time() - started)
        assert len(answer.body) <= SIZE
    assert min(costs) < 0.010  # seconds of CPU, the client's own included; the least, for others use this machine too
