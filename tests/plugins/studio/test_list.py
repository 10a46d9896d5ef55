"""The creator's list."""

import re

import pytest

from core.models import Role, Video
from core.testing.sites import Browser, Site
from plugins.studio.library import PAGE
from tests.plugins.studio.conftest import NO_VIDEO, MakeVideo


async def test_new_creator_is_invited_to_upload(studio: Browser) -> None:
    page = await studio.get("/studio")
    assert page.status == 200
    assert "No videos yet" in page.text
    assert 'href="/studio/upload"' in page.text


async def test_ready_video_is_listed_with_its_actions(studio: Browser, make_video: MakeVideo) -> None:
    video_id = await make_video("Night lake")
    page = (await studio.get("/studio")).text
    assert "Night lake" in page
    assert ">Ready<" in page
    for path in (f"/studio/videos/{video_id}", f"/studio/videos/{video_id}/delete", f"/watch/{video_id}"):
        assert f'href="{path}"' in page
    assert f'data-copy="http://127.0.0.1:8000/watch/{video_id}"' in page


async def test_failed_video_says_why(studio: Browser, make_video: MakeVideo) -> None:
    await make_video(content=NO_VIDEO)
    page = (await studio.get("/studio")).text
    assert ">Failed<" in page
    assert "not a video in a format this site knows" in page


async def test_video_in_work_shows_its_progress(studio: Browser, make_video: MakeVideo) -> None:
    await make_video(processed=False)
    page = (await studio.get("/studio")).text
    assert ">Processing<" in page
    assert re.search(r'<progress class="bar" max="1" value="0[.0]*" data-bar aria-label="Processing">', page)


@pytest.mark.usefixtures("draft")
async def test_unfinished_upload_can_be_continued(studio: Browser) -> None:
    page = (await studio.get("/studio")).text
    assert ">Upload unfinished<" in page
    assert "Continue</a>" in page


async def test_unlisted_video_is_shared_with_its_key(studio: Browser, make_video: MakeVideo) -> None:
    video = await Video.get(id=await make_video(visibility="unlisted"))
    assert f"/watch/{video.id}?key={video.link_key}" in (await studio.get("/studio")).text


async def test_list_holds_nobody_elses_videos(site: Site, studio: Browser, make_video: MakeVideo) -> None:
    await make_video("Night lake")
    other = await site.browser(await site.user("bob", Role.CREATOR))
    assert "Night lake" in (await studio.get("/studio")).text
    assert "Night lake" not in (await other.get("/studio")).text


async def test_pages_hold_every_video_once_newest_first(site: Site, studio: Browser) -> None:
    owner = await site.user("eve", Role.CREATOR)
    browser = await site.browser(owner)
    for number in range(PAGE + 3):
        await Video.create(owner=owner, title=f"Number {number:02}")
    first = (await browser.get("/studio")).text
    following = re.search(r'href="(/studio\?cursor=[^"]+)"', first)
    assert following is not None
    second = (await browser.get(following[1])).text
    shown = [re.findall(r"Edit (Number \d\d)", page) for page in (first, second)]
    assert [len(titles) for titles in shown] == [PAGE, 3]
    assert shown[0] + shown[1] == [f"Number {number:02}" for number in reversed(range(PAGE + 3))]
    assert "These are all of them" in second


@pytest.mark.parametrize("query", ["cursor=made-up", "cursor=", "page=2", "deleted=1&deleted=1", "cursor=a&cursor=b"])
async def test_made_up_query_is_refused(studio: Browser, query: str) -> None:
    assert (await studio.get(f"/studio?{query}")).status == 422


@pytest.mark.parametrize("path", ["/studio", "/studio/upload"])
async def test_studio_is_for_creators(site: Site, path: str) -> None:
    viewer = await site.browser(await site.user("vera", Role.VIEWER))
    assert (await viewer.get(path)).status == 403
