"""A creator adds captions without scripts; a viewer sees them at their time, and not when they are off."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from core.models import User
from core.testing.media import make_clip
from core.testing.sites import Site, open_site
from tests.browser.conftest import DESKTOP, PHONE, OpenPage, shoot
from tests.browser.uploading import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PLUGINS = ("auth_email", "mail_file", "storage_disk", "transcode_ffmpeg", "catalog", "studio", "captions")
ENGLISH = """1
00:00:01,000 --> 00:00:02,500
Good <b onclick="window.hacked = 1">morning</b>
<img src=x onerror="window.hacked = 1"><script>window.hacked = 1</script>&lt;svg onload=window.hacked=1&gt;

2
00:00:03,000 --> 00:00:04,000
Good night
"""
GERMAN = "WEBVTT\n\nSTYLE\n::cue { color: transparent }\n\n00:01.000 --> 00:02.500\nGuten Morgen\n"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A site that really transcodes."""
    async with open_site(tmp_path / "data", dict.fromkeys(PLUGINS)) as opened:
        yield opened


@pytest.fixture
async def ada(site: Site) -> User:
    return await site.user("ada")


@pytest.fixture
async def video_id(site: Site, ada: User, tmp_path: Path) -> str:
    """A video of six seconds."""
    clip = await make_clip(tmp_path / "clip.mp4", seconds=6, size=(640, 360))
    upload = await site.upload(await site.browser(ada), clip.read_bytes(), title="Night lake")
    await site.work()
    return str(upload["video_id"])


async def add_captions(page: Page, language: str, file: Path) -> None:
    """Send the form on the video's page."""
    await page.get_by_role("combobox", name="Language").fill(language)
    await page.get_by_label("File").set_input_files(file)
    await page.get_by_role("button", name="Add captions").click()


@pytest.fixture
async def captioned(site: Site, ada: User, video_id: str, open_page: OpenPage, tmp_path: Path) -> str:
    """The address of the video's page, after its creator has added English and German without scripts."""
    page = await open_page(DESKTOP, scripts=False)
    await sign_in(page, site, ada)
    await page.goto(f"{site.url}/studio/videos/{video_id}")
    for language, name, text in (("en", "English", ENGLISH), ("de", "Deutsch", GERMAN)):
        file = tmp_path / f"{language}.txt"
        file.write_text(text)
        await add_captions(page, language, file)
        await expect(page.get_by_role("link", name=name)).to_be_visible()
    await shoot(page, "captions-edit-1440-light")
    return f"{site.url}/watch/{video_id}"


async def choose(page: Page, name: str) -> None:
    """Choose in the player's menu."""
    await page.locator("mutoscope-player").hover()
    if not await page.locator("#player-menu").is_visible():
        await page.get_by_role("button", name="Settings").click()
    section = page.locator("#player-menu details", has=page.locator("[data-part=captions]"))
    if await section.get_attribute("open") is None:
        await section.locator("summary").click()
    await section.get_by_role("radio", name=name).check()


async def seek(page: Page, seconds: float) -> None:
    """Go to a time, and wait until its picture is there."""
    await page.evaluate(
        """async (seconds) => {
          const { video } = document.querySelector("mutoscope-player");
          const next = (type) => new Promise((done) => video.addEventListener(type, done, { once: true }));
          if (!video.duration) await next("loadedmetadata");
          const arrived = next("seeked");
          video.currentTime = seconds;
          await arrived;
        }""",
        seconds,
    )


async def test_caption_is_shown_at_its_time_in_the_language_chosen(open_page: OpenPage, captioned: str) -> None:
    page = await open_page(DESKTOP)
    await page.goto(captioned)
    cues = page.locator("[data-part=cues]")
    await seek(page, 1.5)
    await expect(cues).to_be_empty()

    await choose(page, "English")
    await expect(cues).to_contain_text("Good morning")
    await shoot(page, "captions-watch-1440-light")
    await seek(page, 2.8)
    await expect(cues).to_be_empty()
    await seek(page, 3.5)
    await expect(cues).to_have_text("Good night")
    await choose(page, "Deutsch")
    await seek(page, 1.5)
    await expect(cues).to_have_text("Guten Morgen")
    await choose(page, "Off")
    await expect(cues).to_be_empty()


async def test_choice_is_remembered(open_page: OpenPage, captioned: str) -> None:
    page = await open_page(PHONE, "dark")
    await page.goto(captioned)
    await choose(page, "Deutsch")
    await page.reload()
    await seek(page, 1.5)
    await expect(page.locator("[data-part=cues]")).to_have_text("Guten Morgen")
    await expect(page.get_by_role("button", name="Turn captions off")).to_be_visible()


async def test_captions_stand_once_in_the_menu(open_page: OpenPage, captioned: str) -> None:
    page = await open_page(DESKTOP)
    await page.goto(captioned)
    await seek(page, 1.5)
    labels = "[...document.querySelector('video').textTracks].map((track) => track.label)"
    assert await page.evaluate(labels) == ["Deutsch", "English"]


async def test_t10_poisoned_cue_shows_text_and_runs_nothing_w_5(open_page: OpenPage, captioned: str) -> None:
    page = await open_page(DESKTOP)
    await page.goto(captioned)
    await choose(page, "English")
    await seek(page, 1.5)
    cues = page.locator("[data-part=cues]")
    await expect(cues).to_contain_text("<svg onload=window.hacked=1>")
    assert await cues.evaluate("(box) => [...box.querySelectorAll('*')].map((node) => node.localName)") == ["span", "b"]
    assert await cues.evaluate("(box) => [...box.querySelectorAll('*')].flatMap((node) => [...node.attributes])") == []
    assert await page.evaluate("window.hacked") is None


async def test_refused_file_is_explained_without_scripts(
    site: Site, ada: User, video_id: str, open_page: OpenPage, tmp_path: Path
) -> None:
    page = await open_page(PHONE, scripts=False, failing=True)
    await sign_in(page, site, ada)
    await page.goto(f"{site.url}/studio/videos/{video_id}")
    file = tmp_path / "karaoke.ass"
    file.write_text("[Script Info]\nScriptType: v4.00+\n")
    await add_captions(page, "en", file)
    await expect(page.get_by_role("alert")).to_contain_text("This is neither SRT nor WebVTT.")
    await expect(page.get_by_role("combobox", name="Language")).to_have_value("en")
    await shoot(page, "captions-refused-390-light")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_form_has_a_flaw_that_axe_finds(
    site: Site, ada: User, captioned: str, open_page: OpenPage, scheme: str
) -> None:
    page = await open_page(PHONE, scheme)
    await sign_in(page, site, ada)
    video = captioned.rpartition("/")[2]
    for path in (f"/studio/videos/{video}", f"/studio/videos/{video}/captions"):
        await page.goto(f"{site.url}{path}")
        await expect(page.get_by_role("button", name="Delete the captions Deutsch")).to_be_visible()
        found = await Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
