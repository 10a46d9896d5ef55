"""Asserts that a published set keeps every rule of `core.verifying`, whoever's transcoder made it."""

from functools import partial
from pathlib import Path
from urllib.parse import urljoin

import aiohttp

from core.testing.sites import Browser
from core.verifying import Verified, from_folder, over_http, verify


async def assert_verified(master: str | Path, browser: Browser | None = None) -> Verified:
    """Read and decode everything below a master playlist; fail with all findings, and return what was measured.

    `master` is a file, an address, or, with a browser, a path of the site under test (`hls_url` of a video's JSON).
    """
    verified = await _verify(master, browser)
    assert verified.findings == (), "\n".join(f"{each}\n    → {each.remedy}" for each in verified.findings)
    return verified


async def _verify(master: str | Path, browser: Browser | None) -> Verified:
    if isinstance(master, Path):
        return await verify(from_folder(master.parent), master.resolve().as_uri())
    if browser is not None:
        return await verify(over_http(partial(browser.request, "GET")), urljoin(browser.base_url, master))
    async with aiohttp.ClientSession() as session:
        return await verify(over_http(session.get), master)
