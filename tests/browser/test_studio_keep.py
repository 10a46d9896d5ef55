"""A creator whose new file came to nothing keeps the old version: on the video's page, and where the file was sent."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from core.models import Upload, User, Video
from core.testing.sites import Site
from tests.browser.conftest import DESKTOP, PHONE, OpenPage
from tests.browser.test_pages import flaws_of
from tests.browser.test_studio_processing import a_video, go_to
from tests.browser.uploading import choose

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NO_VIDEO = b"Dear diary, this is no video at all.".ljust(2000)


async def test_old_version_is_kept_where_the_new_file_was_sent(
    disk_site: Site, ada: User, open_page: OpenPage, tmp_path: Path
) -> None:
    video_id = await a_video(disk_site, ada)
    old = (await Video.get(id=video_id)).current_set_id
    diary = tmp_path / "diary.mp4"
    diary.write_bytes(NO_VIDEO)
    page = await open_page()
    await go_to(page, disk_site, ada, f"/studio/videos/{video_id}/replace")
    await choose(page, diary)
    await expect(page.get_by_text("The version before plays until the new one is ready.")).to_be_visible()
    await expect(page.get_by_role("button", name="Keep the old version")).to_be_hidden()
    await disk_site.work()
    await expect(page.get_by_text("or keep the old version: the new file is deleted then.")).to_be_visible()
    await page.get_by_role("button", name="Keep the old version").click()
    await expect(page.get_by_text("Ready in every quality.", exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="Keep the old version")).to_be_hidden()
    await disk_site.work()
    assert (await Video.get(id=video_id)).current_set_id == old
    assert await Upload.all().count() == 1


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
async def test_old_version_is_kept_on_the_page_of_the_video(
    size: tuple[int, int], scheme: str, disk_site: Site, ada: User, open_page: OpenPage, *, scripts: bool
) -> None:
    video_id = await a_video(disk_site, ada)
    await disk_site.upload(await disk_site.browser(ada), NO_VIDEO, replaces=video_id)
    await disk_site.work()
    page = await open_page(size, scheme, scripts=scripts)
    await go_to(page, disk_site, ada, f"/studio/videos/{video_id}")
    await expect(page.locator("[data-sentence]")).to_have_text("This file is not a video in a format this site knows.")
    if scripts:
        assert await flaws_of(page, f"edit-keep-{size[0]}-{scheme}") == []
    await page.get_by_role("button", name="Keep the old version").click()
    await expect(page.locator("[data-badge]")).to_have_text("Ready")
    await expect(page.get_by_text("Ready in every quality.", exact=True)).to_be_visible()
