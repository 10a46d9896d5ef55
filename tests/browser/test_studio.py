"""Creators in the studio: pause and go on, be told why a file failed, edit and delete without scripts."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from core.testing.media import make_clip, make_odd
from tests.browser.conftest import DESKTOP, OpenPage
from tests.browser.running_site import RunningSite
from tests.browser.test_journey import PASSWORD, received, register, until, upload

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(150)]


async def padded_clip(folder: Path, megabytes: int) -> Path:
    """A short film with a free box at its end, so that it has many parts."""
    clip = await make_clip(folder / "long.mp4", seconds=1, size=(640, 360))
    size = megabytes * 1024**2
    with clip.open("ab") as file:
        file.write(size.to_bytes(4, "big") + b"free" + bytes(size - 8))
    return clip


async def test_an_upload_can_be_paused_and_goes_on(running: RunningSite, open_page: OpenPage, tmp_path: Path) -> None:
    page = await open_page(DESKTOP)
    await register(page, running, "ada")
    await page.goto(f"{running.url}/studio/upload")
    await page.route("**/media/uploads/*/4*", lambda _: None)  # the fourth part hangs, so there is time to pause
    await page.locator("#files").set_input_files(await padded_clip(tmp_path, 40))
    await until(lambda: received(page, 2))

    await page.get_by_role("button", name="Pause").click()
    await expect(page.get_by_role("button", name="Resume")).to_be_visible()
    await page.unroute("**/media/uploads/*/4*")
    await page.get_by_role("button", name="Resume").click()

    await expect(page.get_by_role("link", name="Watch now")).to_be_visible(timeout=60_000)


async def test_a_failed_video_says_why_and_can_be_tried_again(
    running: RunningSite, open_page: OpenPage, tmp_path: Path
) -> None:
    page = await open_page(DESKTOP)
    await register(page, running, "ada")
    await page.goto(f"{running.url}/studio/upload")
    await page.locator("#files").set_input_files(await make_odd("text.mp4", tmp_path))

    await expect(page.get_by_text("This file is not a video in a format this site knows.")).to_be_visible(
        timeout=30_000
    )
    again = page.get_by_role("button", name="Try again")
    async with page.expect_response(lambda answer: answer.url.endswith("/retry")) as retried:
        await again.click()
    assert (await retried.value).status == 202
    await expect(page.get_by_text("This file is not a video in a format this site knows.")).to_be_visible(
        timeout=30_000
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
