"""Creators in the studio: pause and go on, be told why a file failed, edit and delete without scripts."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from core.models import User
from core.testing.media import make_clip, make_odd
from core.testing.sites import Site
from tests.browser.conftest import DESKTOP, OpenPage, shoot
from tests.browser.running_site import RunningSite
from tests.browser.test_journey import PASSWORD, register, upload
from tests.browser.uploading import (
    PARTS,
    Line,
    choose,
    expect_whole,
    film,
    sign_in,
    until,
    visit,
)
from tests.fakes.transcoder_instant import instant_video

pytestmark = [pytest.mark.browser, pytest.mark.slow]


async def test_a_failed_video_says_why_and_can_be_tried_again(
    running: RunningSite, open_page: OpenPage, tmp_path: Path
) -> None:
    page = await open_page(DESKTOP)
    await register(page, running, "ada")
    await page.goto(f"{running.url}/studio/upload")
    await page.locator("#files").set_input_files(await make_odd("text.mp4", tmp_path))

    await expect(page.get_by_text("This file is not a video in a format this site knows.")).to_be_visible(
        timeout=90_000
    )
    again = page.get_by_role("button", name="Try again")
    async with page.expect_response(lambda answer: answer.url.endswith("/retry")) as retried:
        await again.click()
    assert (await retried.value).status == 202
    await expect(page.get_by_text("This file is not a video in a format this site knows.")).to_be_visible(
        timeout=90_000
    )


async def test_everything_but_the_upload_works_without_scripts(
    running: RunningSite, open_page: OpenPage, tmp_path: Path
) -> None:
    creator = await open_page(DESKTOP)
    await register(creator, running, "ada")
    address = await upload(creator, running, await make_clip(tmp_path / "film.mp4", seconds=1), "First title")

    page = await open_page(DESKTOP, scripts=False)
    await page.goto(f"{running.url}/login")
    await page.get_by_label("E-mail or handle").fill("ada")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in").click()
    await page.goto(f"{running.url}/studio")
    await page.get_by_role("link", name="First title").first.click()
    await page.get_by_label("Title").fill("Second title")
    await page.get_by_role("radio", name="Only you").check()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("heading", name="Second title")).to_be_visible()

    stranger = await open_page(DESKTOP, scripts=False)
    assert (await stranger.request.get(address)).status == 404
    await page.goto(f"{running.url}/studio")
    await page.get_by_role("link", name="Delete").first.click()
    await page.get_by_role("button", name="Delete the video").click()
    assert (await page.request.get(address)).status == 404
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("Second title is back.")).to_be_visible()
    assert (await page.request.get(address)).status == 200


async def test_a_deleted_video_is_restored_or_deleted_for_good(disk_site: Site, ada: User, open_page: OpenPage) -> None:
    browser = await disk_site.browser(ada)
    for title in ("Day lake", "Night lake"):
        video = await disk_site.upload(browser, instant_video(), title=title)
        await browser.api("DELETE", f"/videos/{video['video_id']}")
    page = await open_page()
    await sign_in(page, disk_site, ada)
    await page.goto(f"{disk_site.url}/studio")
    await page.get_by_role("link", name="Recently deleted").click()
    await shoot(page, "deleted")

    await page.get_by_role("button", name="Restore Day lake").click()
    await expect(page.get_by_text("Day lake is back.")).to_be_visible()
    await page.get_by_role("link", name="Recently deleted").click()
    await page.get_by_role("link", name="Delete Night lake for good").click()
    await page.get_by_role("button", name="Delete for good").click()

    await expect(page.get_by_text("The video was deleted for good.")).to_be_visible()
    await expect(page.get_by_role("heading", name="Nothing to restore")).to_be_visible()


async def test_an_upload_is_steered_by_the_keyboard_and_guarded_against_leaving(
    disk_site: Site, ada: User, open_page: OpenPage, tmp_path: Path
) -> None:
    page = await open_page(failing=True)
    line = await Line(page).attach()
    line.hold(range(3, PARTS + 1))
    await visit(page, disk_site, ada)
    await choose(page, film(tmp_path / "lake.mp4"))
    await until(line.held)

    await page.get_by_label("Title").press_sequentially("!")  # browsers warn only who has done something
    async with page.expect_event("dialog") as asked:
        await page.close(run_before_unload=True)
    assert (await asked.value).type == "beforeunload"
    await (await asked.value).dismiss()

    await page.get_by_role("button", name="Pause").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Resume")).to_be_focused()
    await expect(page.locator("[data-moment]").last).to_have_text("Paused · 2 of 24 parts are there")
    await line.cut()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Pause")).to_be_focused()
    await expect_whole(page)


async def test_the_original_comes_back_under_its_own_name(
    running: RunningSite, open_page: OpenPage, tmp_path: Path
) -> None:
    page = await open_page(DESKTOP)
    await register(page, running, "ada")
    clip = await make_clip(tmp_path / "My lake.mp4", seconds=1)
    await upload(page, running, clip, "First title")
    await page.goto(f"{running.url}/studio")
    await expect(page.get_by_text("of 53.7 GB used")).to_be_visible()
    await page.get_by_role("link", name="First title").first.click()

    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download the original").click()

    saved = await download.value
    assert saved.suggested_filename == "My lake.mp4"
    assert Path(await saved.path()).read_bytes() == clip.read_bytes()
