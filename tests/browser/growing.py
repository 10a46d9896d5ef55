"""Films that are watched while they are made: what there is of them grows when a test says so."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page

from core.models import Rendition, RenditionSet, User, Video, Visibility
from core.testing.media import ffmpeg
from core.testing.media.clips import H264
from core.testing.sites import Site
from tests.browser.uploading import until

SECONDS, SEGMENTS = 12, 6
TOTAL = "0:12"

STATE = """(player) => {
  const { video, engine, parts, dataset } = player;
  return {
    ...dataset, time: video.currentTime, paused: video.paused, ended: video.ended, rate: video.playbackRate,
    there: player.there, total: parts.total.textContent,
    max: Number(parts.range.max), levels: engine.levels.length, sound: engine.chosenSound,
  };
}"""
# Every position that the video had since, and what began anew: neither may happen where somebody just watches.
WATCH = """(player) => {
  const { video } = player;
  window.seen = { times: [], restarts: 0 };
  for (const type of ["seeking", "emptied", "loadstart"]) video.addEventListener(type, () => window.seen.restarts++);
  const look = () => {
    if (window.seen.times.at(-1) !== video.currentTime) window.seen.times.push(video.currentTime);
    requestAnimationFrame(look);
  };
  look();
}"""


@dataclass(frozen=True, slots=True)
class Film:
    """A video whose objects are all there, and whose rows say what a viewer may know of them."""

    address: str
    made: RenditionSet
    whole: list[Rendition]

    async def grow(self, segments: int, *, sounds: int | None = None) -> None:
        """Have so many segments; of sounds another number, where they are made apart."""
        begun = {"growing": True, "complete": False, "poster": None, "storyboard": None}
        await RenditionSet.filter(id=self.made.id).update(**begun)
        for each in self.whole:
            count = sounds if sounds is not None and each.kind == "audio" else segments
            await Rendition.filter(id=each.id).update(segments=each.segments[:count], ended=False)

    async def have_only_the_top(self) -> None:
        """Be a copy of the original, whole in its one quality."""
        await RenditionSet.filter(id=self.made.id).update(growing=True, complete=False, storyboard=None)
        await Rendition.filter(rendition_set_id=self.made.id, name="240p").delete()

    async def complete(self) -> None:
        """Be whole."""
        await Rendition.filter(rendition_set_id=self.made.id).delete()
        await Rendition.bulk_create(self.whole)
        await self.made.save(force_update=True)


async def a_film(site: Site, owner: User, folder: Path, *languages: str) -> Film:
    """Upload a film and process it."""
    clip = await make_film(folder / "film.mp4", languages)
    upload = await site.upload(await site.browser(owner), clip.read_bytes(), title="Night lake")
    await Video.filter(id=upload["video_id"]).update(visibility=Visibility.PUBLIC)
    await site.work()
    made = await RenditionSet.get(video_id=upload["video_id"], complete=True)
    return Film(f"{site.url}/watch/{upload['video_id']}", made, await Rendition.filter(rendition_set_id=made.id))


async def make_film(path: Path, languages: Sequence[str]) -> Path:
    """Write a film with one sound, or one for each language; its keyframes are too far apart for it to be copied."""
    tones = [f"sine=frequency={440 * (number + 1)}:duration={SECONDS}" for number in range(len(languages) or 1)]
    inputs = [option for tone in tones for option in ("-f", "lavfi", "-i", tone)]
    maps = [option for number in range(len(tones) + 1) for option in ("-map", str(number))]
    names = [option for n, code in enumerate(languages) for option in (f"-metadata:s:a:{n}", f"language={code}")]
    picture = f"testsrc2=duration={SECONDS}:size=640x360:rate=30"
    await ffmpeg(["-f", "lavfi", "-i", picture, *inputs, *maps, *H264, "-g", "900", *names, path.name], path.parent)
    return path


async def state_of(page: Page) -> dict[str, Any]:
    """Return how the player stands."""
    state: dict[str, Any] = await page.locator("mutoscope-player").evaluate(STATE)
    return state


async def until_player(page: Page, holds: Callable[[dict[str, Any]], object], seconds: float = 20) -> dict[str, Any]:
    """Wait until something holds of the player's state; return the state."""
    state: dict[str, Any] = {}

    async def asked() -> object:
        state.clear()
        state.update(await state_of(page))
        return holds(state)

    try:
        await until(asked, seconds)
    except TimeoutError:
        pytest.fail(f"the player never came there: {state}")
    return state


async def play(page: Page) -> None:
    """Press the big button, and look from then on at what the viewer would notice."""
    await page.locator(".player__big").click()
    await until_player(page, lambda state: state["time"] > 0.2)
    await page.locator("mutoscope-player").evaluate(WATCH)


async def expect_unbroken(page: Page) -> None:
    """Nothing was sought or begun anew, and time only ever went on."""
    seen = await page.evaluate("window.seen")
    steps = [after - before for before, after in pairwise(seen["times"])]
    assert seen["restarts"] == 0
    assert min(steps) > 0
    assert max(steps) < 1.5  # seconds; a machine that does other things too skips pictures


async def wait_at_the_edge(page: Page, edge: float) -> dict[str, Any]:
    """Wait until what is there has been played, and return how the player stands then."""
    state = await until_player(page, lambda state: "waiting" in state and state["time"] > edge - 0.4)
    assert (state["time"], state["paused"]) == (pytest.approx(edge, abs=0.4), False)
    return state


async def open_menu(page: Page, section: str) -> Locator:
    """Open a section of the settings with the keyboard alone, and return its group."""
    await page.get_by_role("button", name="Settings").focus()
    await page.keyboard.press("Enter")
    summary = page.locator("#player-menu summary", has_text=section)
    while not await summary.evaluate("(summary) => summary === document.activeElement"):
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    return page.get_by_role("radiogroup", name=section)
