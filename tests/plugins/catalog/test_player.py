"""The pages in a real Chromium: the player plays and obeys, axe finds nothing, nothing is blocked by the CSP."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

import imageio_ffmpeg
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, async_playwright

from core.models import Visibility
from core.testing.sites import Site, open_site
from tests.browser.chromium import FLAGS, executable
from tests.plugins.catalog import captions_plugin

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PLUGINS = {"storage_disk": None, "transcode_ffmpeg": None, "catalog": None, "captions_plugin": captions_plugin}
SOURCE = ["-f", "lavfi", "-i", "testsrc2=s=640x360:r=24:d=8", "-f", "lavfi", "-i", "sine=d=8", "-pix_fmt", "yuv420p"]
STATE = """(() => {
  const player = document.querySelector("mutoscope-player");
  const { video, engine, parts } = player;
  return {
    ...player.dataset, time: video.currentTime, paused: video.paused, muted: video.muted, rate: video.playbackRate,
    levels: engine.levels.map((level) => level.height), quality: engine.currentQuality, cue: parts.cues.textContent,
  };
})()"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A site that really transcodes and really stores."""
    async with open_site(tmp_path / "data", PLUGINS) as opened:
        yield opened


@pytest.fixture
async def watch_url(site: Site, tmp_path: Path) -> str:
    """The page of a public video of eight seconds in two qualities."""
    clip = tmp_path / "clip.mp4"
    made = await asyncio.create_subprocess_exec(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *SOURCE, str(clip))
    assert await made.wait() == 0
    browser = await site.browser(await site.user("ada"))
    upload = await site.upload(browser, clip.read_bytes(), title="Test card")
    await browser.api("PATCH", f"/videos/{upload['video_id']}", {"visibility": Visibility.PUBLIC.value})
    await site.work()
    return f"{site.url}/watch/{upload['video_id']}"


@pytest.fixture
async def chromium() -> AsyncIterator[Chromium]:
    """A Chromium of this test's own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        yield browser
        await browser.close()


async def until(page: Page, **wanted: object) -> dict[str, Any]:
    """Wait until the player is in a state; a wanted callable is asked."""
    for _ in range(100):
        state: dict[str, Any] = await page.evaluate(STATE)
        if all(test(state.get(name)) if callable(test) else state.get(name) == test for name, test in wanted.items()):
            return state
        await page.wait_for_timeout(100)
    raise AssertionError(f"the player never came to {list(wanted)}: {json.dumps(state)}")


async def test_player_plays_and_obeys_keys(chromium: Chromium, watch_url: str) -> None:
    page = await chromium.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(watch_url)
    await page.click(".player__big")
    await until(page, state="playing", time=lambda seconds: seconds > 0.5)
    for key in ("k", "m", ">", "5"):
        await page.keyboard.press(key)
    state = await until(page, state="paused", muted=True, rate=1.25)
    assert state["time"] == pytest.approx(4, abs=0.2)
    assert complaints == []


async def test_chosen_quality_is_kept_for_the_next_visit(chromium: Chromium, watch_url: str) -> None:
    page = await chromium.new_page()
    await page.goto(watch_url)
    await page.click(".player__big")
    levels = (await until(page, levels=lambda levels: len(levels) > 1))["levels"]
    await page.click('[data-act="menu"]')
    await page.click("details:has([data-part=quality]) summary")
    await page.click(f'[data-part="quality"] label:has-text("{levels[0]}p") >> nth=-1')
    await page.reload()
    await page.click(".player__big")
    await until(page, quality=f"{levels[0]}p", time=lambda seconds: seconds > 0.2)


async def test_captions_of_a_plugin_are_shown(chromium: Chromium, watch_url: str) -> None:
    page = await chromium.new_page()
    await page.goto(watch_url)
    await page.click(".player__big")
    await page.keyboard.press("c")
    await until(page, cue="Good morning")
    await page.keyboard.press("c")
    await until(page, cue="")


async def test_failure_is_told_and_can_be_retried(chromium: Chromium, watch_url: str) -> None:
    page = await chromium.new_page()
    await page.route("**/master.m3u8*", lambda route: route.abort())
    await page.goto(watch_url)
    await page.click(".player__big")
    await page.wait_for_selector("text=This video could not be played.", timeout=20_000)
    await page.unroute("**/master.m3u8*")
    await page.click('[data-act="retry"]')
    await until(page, state="playing", time=lambda seconds: seconds > 0.2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing(
    chromium: Chromium, site: Site, watch_url: str, scheme: Literal["light", "dark"]
) -> None:
    # axe is injected as an inline script, which the policy of the page would rightly stop.
    page = await chromium.new_page(bypass_csp=True, color_scheme=scheme)
    for url in (watch_url, f"{site.url}/", f"{site.url}/@ada", f"{site.url}/api", f"{site.url}/nothing-here"):
        await page.goto(url)
        for width in (1440, 390):
            await page.set_viewport_size({"width": width, "height": 900})
            results = await Axe().run(page, options={"runOnly": RULES})
            assert [violation["id"] for violation in results.response["violations"]] == [], url
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), url
