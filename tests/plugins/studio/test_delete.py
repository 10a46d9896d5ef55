"""Deleting a video."""

from core.models import Video
from core.testing.sites import Browser, Site
from tests.plugins.studio.conftest import MakeVideo


async def test_page_says_what_is_lost_before_anything_is(studio: Browser, make_video: MakeVideo) -> None:
    video_id = await make_video("Night lake")
    page = await studio.get(f"/studio/videos/{video_id}/delete")
    assert page.status == 200
    for words in ("Night lake", "0:06 long", "the original file", "There is no way back"):
        assert words in page.text
    assert (await Video.get(id=video_id)).deleted_at is None


async def test_deleted_video_is_gone_for_everybody(site: Site, studio: Browser, make_video: MakeVideo) -> None:
    video_id = await make_video("Night lake")
    answer = await studio.post(f"/studio/videos/{video_id}/delete")
    assert (answer.status, answer.headers["Location"]) == (303, "/studio?deleted=1")
    listing = (await studio.get(answer.headers["Location"])).text
    assert "The video was deleted." in listing
    assert "Night lake" not in listing
    client = await site.browser()
    assert (await client.get(f"/watch/{video_id}")).status == 404


async def test_draft_can_be_deleted(studio: Browser, draft: str) -> None:
    assert "This is lost" in (await studio.get(f"/studio/videos/{draft}/delete")).text
    assert (await studio.post(f"/studio/videos/{draft}/delete")).status == 303
    assert (await studio.get(f"/studio/videos/{draft}")).status == 404


async def test_deleting_needs_an_empty_form_of_ours(studio: Browser, make_video: MakeVideo) -> None:
    video_id = await make_video()
    foreign = {"Origin": "https://evil.example"}
    assert (await studio.post(f"/studio/videos/{video_id}/delete", headers=foreign)).status == 403
    assert (await Video.get(id=video_id)).deleted_at is None
