"""What people get to see after all that: the original byte for byte, and every segment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urljoin

from yarl import URL

from core.testing.sites import Answer, Browser
from tests.chaos.mishaps import ATTEMPTS
from tests.chaos.server import NETWORK_ERRORS

_TRIES = 8 * ATTEMPTS + 1  # one more than a store ever fails in a row by order of the run
_BETWEEN = 0.05  # seconds that leave a moment to what is watched


async def original(browser: Browser, video_id: str) -> bytes:
    """Return the owner's download."""
    found = await browser.get(f"/api/v1/videos/{video_id}/original")
    assert found.status == 303, f"the original of {video_id}: {found.status} {found.text}"
    return (await _ok(browser, found.headers["Location"])).body


async def watch(browser: Browser, video_id: str) -> int:
    """Read every playlist and everything it names, as a player does; return how many objects there were."""
    links = await playlist(browser, video_id)
    for address in links:
        await _ok(browser, address)
    return len(links)


async def playlist(browser: Browser, video_id: str) -> list[str]:
    """Return the addresses of all objects of a video."""
    video = await browser.api("GET", f"/videos/{video_id}")
    assert video.status == 200, video.text
    master = video.json["hls_url"]
    medias = addresses((await _ok(browser, master)).text, master)
    return [address for media in medias for address in addresses((await _ok(browser, media)).text, media)]


async def get(browser: Browser, address: str) -> Answer:
    """Read an address as it was signed."""
    return await browser.get(URL(address, encoded=True))  # type: ignore[arg-type]  # aiohttp takes either


async def _ok(browser: Browser, address: str) -> Answer:
    """Read an address of the site, or one of the store, which may fail a few times by order of the run."""
    for _ in range(_TRIES if "://" in address else 1):
        with suppress(*NETWORK_ERRORS):
            answer = await get(browser, address)
            if answer.status < 500:
                break
    else:
        raise AssertionError(f"{address} failed {_TRIES} times")
    assert answer.status == 200, f"{address}: {answer.status} {answer.text[:300]}"
    return answer


@asynccontextmanager
async def always_watched(browser: Browser, video_id: str) -> AsyncIterator[None]:
    """Watch the video again and again until the end of the block; so does somebody who has the links of before it."""
    links = await playlist(browser, video_id)
    ended = asyncio.Event()

    async def keep_watching() -> None:
        while not ended.is_set():
            await watch(browser, video_id)
            for address in links:
                await _ok(browser, address)
            await asyncio.sleep(_BETWEEN)

    async with asyncio.TaskGroup() as group:
        group.create_task(keep_watching())
        try:
            yield
        finally:
            ended.set()


def addresses(playlist: str, base: str) -> list[str]:
    """Return what a playlist names: what stands in a line of its own, and the values of URI="…"."""
    lines = playlist.splitlines()
    named = [line.partition('URI="')[2].partition('"')[0] for line in lines if 'URI="' in line]
    return [urljoin(base, each) for each in [*named, *(line for line in lines if line and not line.startswith("#"))]]
