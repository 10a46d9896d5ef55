"""Deleting a video."""

from pathlib import Path

from core.models import Video
from core.testing.sites import Browser, Site, open_site
from tests.conftest import EMBEDDED
from tests.fakes.transcoder_instant import instant_video
from tests.plugins.studio.conftest import MakeVideo


async def test_page_says_what_is_lost_and_until_when_it_is_not(studio: Browser, make_video: MakeVideo) -> None:
    video_id = await make_video("Night lake")
    page = await studio.get(f"/studio/videos/{video_id}/delete")
    assert page.status == 200
    for words in ("Night lake", "0:06 long", "the original file", "You can restore it for 24 hours"):
        assert words in page.text
    assert (await Video.get(id=video_id)).deleted_at is None


async def test_deleted_video_is_gone_for_everybody(site: Site, studio: Browser, make_video: MakeVideo) -> None:
    video_id = await make_video("Night lake")
    answer = await studio.post(f"/studio/videos/{video_id}/delete")
    assert (answer.status, answer.headers["Location"]) == (303, f"/studio?deleted={video_id}")
    client = await site.browser()
    for browser in (client, studio):
        assert (await browser.get(f"/watch/{video_id}")).status == 404
    assert "Night lake" not in (await studio.get("/studio")).text


async def test_deletion_can_be_taken_back_at_once(studio: Browser, make_video: MakeVideo) -> None:
    video_id = await make_video("Night lake")
    listing = await studio.get((await studio.post(f"/studio/videos/{video_id}/delete")).headers["Location"])
    undo = f"/studio/videos/{video_id}/restore"
    assert f'method="post" action="{undo}"' in listing.text
    assert "Undo</button>" in listing.text
    answer = await studio.post(undo)
    assert (answer.status, answer.headers["Location"]) == (303, f"/studio?restored={video_id}")
    assert "Night lake is back." in (await studio.get(answer.headers["Location"])).text
    assert (await studio.get(f"/watch/{video_id}")).status == 200


async def test_draft_is_deleted_without_a_way_back(studio: Browser, draft: str) -> None:
    assert "There is no way back" in (await studio.get(f"/studio/videos/{draft}/delete")).text
    answer = await studio.post(f"/studio/videos/{draft}/delete")
    assert (await studio.get(f"/studio/videos/{draft}")).status == 404
    listing = (await studio.get(answer.headers["Location"])).text
    assert "The video was deleted." in listing
    assert "Undo" not in listing


async def test_site_without_a_grace_period_promises_none(tmp_path: Path) -> None:
    async with open_site(tmp_path, EMBEDDED, {"videos": {"undo_hours": 0}}) as site:
        browser = await site.browser(await site.user())
        video_id = (await site.upload(browser, instant_video()))["video_id"]
        assert "There is no way back" in (await browser.get(f"/studio/videos/{video_id}/delete")).text
        answer = await browser.post(f"/studio/videos/{video_id}/delete")
        assert "Undo" not in (await browser.get(answer.headers["Location"])).text


async def test_deleting_needs_an_empty_form_of_ours(studio: Browser, make_video: MakeVideo) -> None:
    video_id = await make_video()
    foreign = {"Origin": "https://evil.example"}
    assert (await studio.post(f"/studio/videos/{video_id}/delete", headers=foreign)).status == 403
    assert (await Video.get(id=video_id)).deleted_at is None
