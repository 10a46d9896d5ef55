"""A video is watched while it is made: from its beginning, as far as it is there, and on to its end without a break."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from core.models import User
from core.testing.sites import Site, open_site
from tests.browser.conftest import DESKTOP, PHONE, OpenPage, shoot
from tests.browser.growing import (
    SECONDS,
    SEGMENTS,
    TOTAL,
    Film,
    a_film,
    expect_unbroken,
    open_menu,
    play,
    state_of,
    until_player,
    wait_at_the_edge,
)
from tests.browser.test_pages import flaws_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PLUGINS = dict.fromkeys(["auth_email", "mail_file", "storage_disk", "transcode_ffmpeg", "catalog", "studio"])
LADDER = [{"short_side": 360, "kbits": 800}, {"short_side": 240, "kbits": 400}]
SETTINGS = {"transcode_ffmpeg": {"preset": "ultrafast", "segment_seconds": 2, "ladder": LADDER}}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A site that really transcodes, in two qualities and short segments."""
    async with open_site(tmp_path / "data", PLUGINS, SETTINGS) as opened:
        yield opened


@pytest.fixture
async def ada(site: Site) -> User:
    return await site.user("ada")


@pytest.fixture
async def film(site: Site, ada: User, tmp_path: Path) -> Film:
    """A film with one sound."""
    return await a_film(site, ada, tmp_path)


async def test_growing_video_plays_from_its_beginning_to_its_end(film: Film, open_page: OpenPage) -> None:
    await film.grow(3)
    page = await open_page(DESKTOP)
    await page.goto(film.address)
    await expect(page.locator("[data-part=total]")).to_have_text(TOTAL)
    await play(page)
    begun = await state_of(page)
    assert begun["time"] < 2
    for edge in (6, 8):
        waiting = await wait_at_the_edge(page, edge)
        assert (waiting["total"], waiting["max"]) == (TOTAL, begun["max"])
        await film.grow(edge // 2 + 1)
        await until_player(page, lambda state: "waiting" not in state)
    await film.complete()
    assert (await until_player(page, lambda state: state["ended"]))["state"] == "ended"
    await expect_unbroken(page)
    await expect(page.locator("[data-part=now]")).to_have_text(TOTAL)

    await page.locator(".player__big").click()
    await until_player(page, lambda state: 0.2 < state["time"] < 5 and not state["paused"])


async def test_video_ends_whose_end_is_told_after_its_last_segment(film: Film, open_page: OpenPage) -> None:
    await film.grow(SEGMENTS, sounds=SEGMENTS + 1)
    page = await open_page(DESKTOP)
    await page.goto(film.address)
    await play(page)
    await page.keyboard.press("9")
    await wait_at_the_edge(page, SECONDS)
    await film.complete()
    await until_player(page, lambda state: state["ended"])


async def test_seeking_beyond_what_is_there_goes_to_what_is_there(film: Film, open_page: OpenPage) -> None:
    await film.grow(3)
    page = await open_page(DESKTOP)
    await page.goto(film.address)
    await play(page)
    await page.keyboard.press("k")
    bar = page.get_by_role("slider", name="Seek")
    await bar.focus()
    for key in ("8", "End"):
        await page.keyboard.press("0")
        await until_player(page, lambda state: state["time"] == 0)
        await page.keyboard.press(key)
        await until_player(page, lambda state: state["time"] == pytest.approx(5, abs=0.01))
    await page.keyboard.press("0")
    await bar.click(position={"x": 700, "y": 8})
    there = await until_player(page, lambda state: state["time"] == pytest.approx(5, abs=0.01))
    assert float(await bar.input_value()) == pytest.approx(there["time"], abs=0.01)

    await page.keyboard.press("k")
    waiting = await wait_at_the_edge(page, 6)
    await page.keyboard.press("l")
    assert (await state_of(page))["time"] >= waiting["time"]


async def test_copy_gets_its_further_qualities_while_it_is_watched(film: Film, open_page: OpenPage) -> None:
    await film.have_only_the_top()
    page = await open_page(DESKTOP)
    await page.goto(film.address)
    await play(page)
    for _ in range(2):
        await page.keyboard.press("<")  # half as fast: what is complete is noticed after ten seconds
    assert (await state_of(page))["levels"] == 1
    await film.complete()
    before = await state_of(page)
    await expect(page.locator("[data-live=playable]")).to_have_text("All qualities are ready.")
    after = await until_player(page, lambda state: state["levels"] == 2 and state["time"] > before["time"] + 4)
    assert (after["paused"], after["rate"], after["total"]) == (False, 0.5, TOTAL)
    await open_menu(page, "Quality")
    await expect(page.locator("[data-part=quality]").get_by_role("radio")).to_have_count(3)
    assert await page.evaluate("window.seen.times.length > 0")  # the page is the same
    await until_player(page, lambda state: state["ended"])


async def test_sound_is_chosen_by_keyboard_and_remembered_by_its_language(
    site: Site, ada: User, open_page: OpenPage, tmp_path: Path
) -> None:
    film = await a_film(site, ada, tmp_path, "eng", "deu", "eng")
    await film.grow(3, sounds=SEGMENTS + 1)
    page = await open_page(DESKTOP)
    await page.goto(film.address)
    await play(page)
    sounds = await open_menu(page, "Audio")
    await expect(sounds.get_by_role("radio")).to_have_count(3)
    await expect(sounds.locator("label")).to_have_text(["English", "German", "English 2"])
    await expect(sounds.get_by_role("radio", name="English", exact=True)).to_be_checked()
    await page.keyboard.press("Tab")
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("summary", has_text="Audio").locator("output")).to_have_text("German")
    assert await flaws_of(page, "growing-audio-1440-light") == []
    heard = await until_player(page, lambda state: state["sound"] == 1)
    await until_player(page, lambda state: state["time"] > heard["time"] + 0.5)

    await page.reload()
    await play(page)
    assert (await state_of(page))["sound"] == 1


async def test_one_sound_is_no_choice(film: Film, open_page: OpenPage) -> None:
    page = await open_page(DESKTOP)
    await page.goto(film.address)
    await play(page)
    await page.get_by_role("button", name="Settings").click()
    await expect(page.locator("#player-menu summary:visible")).to_have_text(["Quality Auto · 360p", "Speed Normal"])


@pytest.mark.parametrize(
    ("size", "scheme"), [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "dark")], ids=["light", "dark", "phone"]
)
async def test_page_looks_right_while_its_video_grows(
    size: tuple[int, int], scheme: str, film: Film, open_page: OpenPage
) -> None:
    await film.grow(2)
    page = await open_page(size, scheme)
    await page.goto(film.address)
    await until_player(page, lambda state: state["there"])
    assert await flaws_of(page, f"growing-new-{size[0]}-{scheme}") == []
    await play(page)
    await wait_at_the_edge(page, 4)
    await expect(page.locator(".player__spin")).to_have_css("opacity", "1")
    assert await flaws_of(page, f"growing-waiting-{size[0]}-{scheme}") == []


async def test_storyboard_shows_the_place_under_the_pointer(film: Film, open_page: OpenPage) -> None:
    page = await open_page(DESKTOP)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(film.address)
    await play(page)
    assert not any(url.endswith(".vtt") for url in asked)
    bar = await page.locator("[data-part=seek]").bounding_box()
    assert bar
    for share, place in ((0.01, "0px 0px"), (0.6, "-480px 0px"), (0.99, "-800px 0px")):
        await page.mouse.move(bar["x"] + bar["width"] * share, bar["y"] + 8)
        await expect(page.locator("[data-part=still]")).to_have_css("background-position", place)
        await page.wait_for_load_state("networkidle")
        await shoot(page, f"storyboard-{round(share * 100)}-1440-light")
    assert sum(url.endswith(".vtt") for url in asked) == 1
