"""The home page."""

import re
from datetime import UTC, datetime

import pytest

from core.models import Role, User, Video, Visibility
from core.testing.sites import Browser, Site
from tests.plugins.catalog.conftest import VideoMaker


def titles(page: str) -> list[str]:
    return re.findall(r'class="card__title"><a [^>]*>([^<]*)<', page)


def link(page: str, label: str) -> str | None:
    found = re.search(rf'href="([^"]*)"[^>]*>(?:<svg.*?</svg>)?{label}<', page)
    return found[1].replace("&amp;", "&") if found else None


async def test_home_shows_public_videos_newest_first(client: Browser, a_video: VideoMaker) -> None:
    await a_video("Second", minutes=1)
    await a_video("Third", minutes=2)
    page = await client.get("/")
    assert page.status == 200
    assert titles(page.text) == ["Third", "Second"]


async def test_following_older_videos_shows_each_video_once(client: Browser, a_video: VideoMaker) -> None:
    # All at the same moment, which is where a cursor over time alone would lose some.
    expected = {(await a_video(f"Clip {number}")).title for number in range(5)}
    seen: list[str] = []
    path: str | None = "/"
    while path:
        page = (await client.get(path)).text
        seen += titles(page)
        path = link(page, "Older videos")
    assert sorted(seen) == sorted(expected)
    assert link(page, "Newest videos") == "/"


@pytest.mark.parametrize(
    "change",
    [
        {"visibility": Visibility.UNLISTED},
        {"visibility": Visibility.PRIVATE},
        {"published_at": None},
        {"hidden_at": datetime.now(UTC)},
        {"deleted_at": datetime.now(UTC)},
        {"current_set_id": None},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_home_hides_what_a_stranger_may_not_find(
    client: Browser, a_video: VideoMaker, change: dict[str, object]
) -> None:
    video = await a_video("Secret")
    await Video.filter(id=video.id).update(**change)
    assert "Secret" not in (await client.get("/")).text
    assert (await client.api("GET", "/videos")).json["items"] == []


async def test_home_hides_videos_of_suspended_people(client: Browser, a_video: VideoMaker, creator: User) -> None:
    await a_video("Secret")
    await User.filter(id=creator.id).update(suspended_at=datetime.now(UTC))
    assert "Secret" not in (await client.get("/")).text


@pytest.mark.parametrize("cursor", ["nonsense", "a.b.c.d", "W10.x.1.y"])
async def test_forged_cursor_is_refused(client: Browser, cursor: str) -> None:
    assert (await client.get(f"/?cursor={cursor}")).status == 422


async def test_parameters_that_others_add_to_links_do_no_harm(client: Browser, a_video: VideoMaker) -> None:
    await a_video("Shared")
    assert titles((await client.get("/?utm_source=mail&fbclid=1")).text) == ["Shared"]


async def test_empty_home_tells_a_stranger_and_a_creator_what_to_do(
    client: Browser, creator_browser: Browser, site: Site
) -> None:
    viewer = await site.browser(await site.user("bob", Role.VIEWER))
    assert "Nobody has published a video here so far" in (await client.get("/")).text
    assert "New videos appear here" in (await viewer.get("/")).text
    # There is no studio on this site, so nothing leads to one.
    assert "/studio" not in (await creator_browser.get("/")).text


async def test_account_menu_leads_to_the_own_channel(creator_browser: Browser, client: Browser, creator: User) -> None:
    assert f'href="/@{creator.handle}"' in (await creator_browser.get("/")).text
    assert f'href="/@{creator.handle}"' not in (await client.get("/")).text


async def test_titles_are_text_not_markup(client: Browser, a_video: VideoMaker) -> None:
    video = await a_video("<script>alert(1)</script>", description="<img src=x onerror=alert(1)>")
    for path in ("/", f"/watch/{video.id}", "/@ada"):
        page = (await client.get(path)).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
