"""What was deleted can be restored for a while, or deleted for good."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from core.models import Role, Video
from core.testing.sites import Browser, Site
from plugins.studio.deleted import PAGE
from tests.plugins.studio.conftest import MakeVideo

LIST = "/studio/deleted"


@pytest.fixture
async def deleted(studio: Browser, make_video: MakeVideo) -> str:
    """The id of a video that was just deleted."""
    video_id = await make_video("Night lake")
    await studio.post(f"/studio/videos/{video_id}/delete")
    return video_id


async def test_nothing_deleted_is_said_and_not_offered(studio: Browser) -> None:
    assert "Nothing to restore" in (await studio.get(LIST)).text
    assert LIST not in (await studio.get("/studio")).text


async def test_list_says_how_long_is_left(studio: Browser, deleted: str) -> None:
    assert f'href="{LIST}"' in (await studio.get("/studio")).text
    page = (await studio.get(LIST)).text
    assert "Night lake" in page
    assert "24 hours left to restore it" in page
    await Video.filter(id=deleted).update(undo_until=datetime.now(UTC) + timedelta(minutes=20, seconds=30))
    assert "20 minutes left to restore it" in (await studio.get(LIST)).text


async def test_restored_video_can_be_watched_again(studio: Browser, deleted: str) -> None:
    assert (await studio.post(f"/studio/videos/{deleted}/restore")).status == 303
    assert (await studio.get(f"/watch/{deleted}")).status == 200
    assert "Night lake" not in (await studio.get(LIST)).text


async def test_erasing_asks_first_and_is_final(studio: Browser, deleted: str) -> None:
    path = f"/studio/videos/{deleted}/erase"
    assert "There is no way back" in (await studio.get(path)).text
    answer = await studio.post(path)
    assert (answer.status, answer.headers["Location"]) == (303, f"{LIST}?erased=1")
    page = (await studio.get(answer.headers["Location"])).text
    assert "The video was deleted for good." in page
    assert "Night lake" not in page
    assert (await studio.post(f"/studio/videos/{deleted}/restore")).status == 404


@pytest.mark.parametrize(("method", "act"), [("POST", "restore"), ("GET", "erase"), ("POST", "erase")])
async def test_foreign_and_living_videos_are_not_there(
    site: Site, studio: Browser, deleted: str, make_video: MakeVideo, method: str, act: str
) -> None:
    other = await site.browser(await site.user("bob", Role.CREATOR))
    for browser, video_id in ((other, deleted), (studio, await make_video("Alive")), (studio, "0" * 16)):
        path = f"/studio/videos/{video_id}/{act}"
        assert (await browser.get(path) if method == "GET" else await browser.post(path)).status == 404
    assert "Night lake" not in (await other.get(LIST)).text
    assert "Night lake" in (await studio.get(LIST)).text


async def test_pages_hold_every_video_once_last_deleted_first(site: Site) -> None:
    owner, now = await site.user("eve", Role.CREATOR), datetime.now(UTC)
    browser = await site.browser(owner)
    for number in range(PAGE + 3):
        moment = now - timedelta(hours=PAGE + 3 - number)
        title = f"Number {number:02}"
        await Video.create(owner=owner, title=title, deleted_at=moment, undo_until=now + timedelta(hours=1))
    first = (await browser.get(LIST)).text
    following = re.search(rf'href="({LIST}\?cursor=[^"]+)"', first)
    assert following is not None
    shown = [re.findall(r"Restore (Number \d\d)", page) for page in (first, (await browser.get(following[1])).text)]
    assert [len(titles) for titles in shown] == [PAGE, 3]
    assert shown[0] + shown[1] == [f"Number {number:02}" for number in reversed(range(PAGE + 3))]


@pytest.mark.parametrize(
    "path", [f"{LIST}?cursor=made-up", f"{LIST}?page=2", "/studio?restored=x", "/studio?deleted=1"]
)
async def test_made_up_query_is_refused(studio: Browser, path: str) -> None:
    assert (await studio.get(path)).status == 422
