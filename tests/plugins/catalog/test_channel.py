"""The page of a channel."""

from datetime import UTC, datetime

from core.models import User, Visibility
from core.testing.sites import Browser, Site
from tests.plugins.catalog.conftest import VideoMaker


async def test_channel_shows_public_videos_of_its_owner(client: Browser, site: Site, a_video: VideoMaker) -> None:
    await a_video("Mine")
    await a_video("Hidden", visibility=Visibility.UNLISTED)
    await a_video("Theirs", owner=await site.user("bob"))
    page = (await client.get("/@ada")).text
    assert "Mine" in page
    assert "1 video<" in page
    assert "Hidden" not in page
    assert "Theirs" not in page


async def test_empty_channel_speaks_to_owner_and_visitor(client: Browser, creator_browser: Browser) -> None:
    assert "Ada has not published anything so far" in (await client.get("/@ada")).text
    assert "Your channel is empty" in (await creator_browser.get("/@ada")).text


async def test_channel_of_nobody_and_of_a_suspended_person_are_alike(client: Browser, creator: User) -> None:
    missing = await client.get("/@nobody")
    await User.filter(id=creator.id).update(suspended_at=datetime.now(UTC))
    suspended = await client.get(f"/@{creator.handle}")
    assert (missing.status, suspended.status) == (404, 404)


async def test_cursor_of_one_channel_does_not_open_another(client: Browser, site: Site, a_video: VideoMaker) -> None:
    bob = await site.user("bob")
    for number in range(3):
        await a_video(f"Clip {number}", owner=bob)
    cursor = (await client.api("GET", "/videos?channel=bob&limit=1")).json["next_cursor"]
    assert (await client.get(f"/@bob?cursor={cursor}")).status == 200
    assert (await client.get(f"/@ada?cursor={cursor}")).status == 422
    assert (await client.get(f"/?cursor={cursor}")).status == 422
