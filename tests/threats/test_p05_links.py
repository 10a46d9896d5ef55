"""A link to what is not public opens its own set, for its holder, in its time, and while the right lasts (P-5)."""

import re
import time
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import pytest

from core.models import RenditionSet, Role, User, Video, Visibility
from core.storage import ReadGrant, StorageKey
from core.testing.sites import Browser, Site
from tests.core.videos.states import in_state
from tests.threats.watching import media_of

LONGEST = 6 * 3600


@pytest.fixture
async def site(disk_site: Site) -> Site:
    return disk_site


@pytest.fixture
async def private(site: Site, studio: Browser) -> Video:
    """A private video with everything there is to watch."""
    return await in_state(site, studio, "published", Visibility.PRIVATE)


async def shown(browser: Browser, video: Video, key: str = "") -> dict[str, Any]:
    """Return what a caller is told of a video."""
    view: dict[str, Any] = (await browser.api("GET", f"/videos/{video.id}{key}")).json
    return view


async def poster_of(browser: Browser, video: Video) -> tuple[str, str]:
    """Return path and query of the poster that a caller is led to."""
    path, _, query = (await shown(browser, video))["poster_url"].partition("?")
    return path, query


async def statuses(browser: Browser, urls: list[str]) -> set[int]:
    """Return what addresses are answered with."""
    return {(await browser.get(url)).status for url in urls}


async def test_p5_link_opens_no_other_video_set_or_original(
    site: Site, studio: Browser, client: Browser, private: Video
) -> None:
    links = [await poster_of(studio, await in_state(site, studio, "published", Visibility.PRIVATE))]
    links.append(await poster_of(studio, private))
    assert (await studio.api("POST", f"/videos/{private.id}/retry", {})).status == 202
    await site.work()
    links.append(await poster_of(studio, private))  # of its next set; the one before is there for six hours more
    original = (await studio.api("GET", f"/videos/{private.id}/original")).headers["Location"]
    links.append((original.partition("?")[0], original.partition("?")[2]))
    for path, own in links:
        opened = {query: (await client.get(f"{path}?{query}")).status for _, query in links}
        assert opened.pop(own) == 200
        assert set(opened.values()) <= {400, 403}
        assert len(opened) == 3


@pytest.mark.parametrize(("seconds", "status"), [(-60, 403), (0, 403), (60, 200), (8 * 86_400, 403)])
async def test_p5_link_is_dead_outside_its_time(
    site: Site, creator: User, client: Browser, private: Video, seconds: int, status: int
) -> None:
    current = await RenditionSet.get(current_of=private.id)
    prefix = StorageKey(current.prefix)
    grant = ReadGrant(prefix, f"{private.playback_epoch}.{creator.id}", int(time.time()) + seconds)
    assert (await client.get(site.services.storage.url(current.key(str(current.poster)), grant))).status == status


async def test_p5_no_link_lives_longer_than_six_hours(studio: Browser, private: Video) -> None:
    urls = await media_of(studio, await shown(studio, private))
    expiries = {int(found[1]) for url in urls if (found := re.search(r"[?&]t=\w+\.(\d+)\.", url))}
    assert all(0 < expiry - time.time() <= LONGEST for expiry in expiries)
    assert expiries


@pytest.mark.parametrize(("old", "new"), [("v=0.", "v=1."), ("v=0.", "v=0.x"), ("t=", "t=0"), (".", "")])
async def test_p5_link_for_another_holder_or_epoch_is_refused(
    studio: Browser, client: Browser, private: Video, old: str, new: str
) -> None:
    path, query = await poster_of(studio, private)
    assert query.replace(old, new, 1) != query
    assert (await client.get(f"{path}?{query.replace(old, new, 1)}")).status == 403


@pytest.mark.parametrize(
    "before", [Visibility.PUBLIC, pytest.param(Visibility.UNLISTED, marks=pytest.mark.slow), Visibility.PRIVATE]
)
@pytest.mark.parametrize("after", Visibility)
async def test_p5_changed_visibility_counts_at_once(
    site: Site, studio: Browser, client: Browser, before: Visibility, after: Visibility
) -> None:
    video = await in_state(site, studio, "published", before)
    urls = await media_of(studio, await shown(studio, video))
    assert (await studio.api("PATCH", f"/videos/{video.id}", {"visibility": after})).status == 200
    still_open = after is Visibility.PUBLIC if before is Visibility.PUBLIC else before is after
    assert await statuses(client, urls) == ({200} if still_open else {404})


NOW = datetime.now(UTC)
EVERYBODY = {"owner", "moderator", "link holder", "user with the link"}
CHANGES: dict[str, tuple[str, dict[str, Any], Collection[str]]] = {
    "nothing": ("", {}, EVERYBODY),
    "the video is held": ("", {"hidden_at": NOW}, {"owner", "moderator"}),
    "the video is private": ("", {"visibility": Visibility.PRIVATE}, {"owner", "moderator"}),
    "the video is deleted": ("", {"deleted_at": NOW}, set()),
    "the epoch is another": ("", {"playback_epoch": 9}, set()),
    "the owner is suspended": ("ada", {"suspended_at": NOW}, {"moderator"}),
    "the moderator is suspended": ("mod", {"suspended_at": NOW}, EVERYBODY - {"moderator"}),
    "the user is suspended": ("bob", {"suspended_at": NOW}, EVERYBODY - {"user with the link"}),
}


@pytest.mark.parametrize("name", CHANGES)
async def test_p5_link_is_void_at_once_when_its_holder_has_lost_the_right(
    site: Site, studio: Browser, client: Browser, name: str
) -> None:
    handle, change, left = CHANGES[name]
    video = await in_state(site, studio, "published", Visibility.UNLISTED)
    moderator = await site.browser(await site.user("mod", Role.MODERATOR))
    user = await site.browser(await site.user("bob", Role.VIEWER))
    callers = {"owner": studio, "moderator": moderator, "link holder": client, "user with the link": user}
    key = f"?key={video.link_key}"
    posters = {caller: (await shown(browser, video, key))["poster_url"] for caller, browser in callers.items()}
    if change:
        rows = User.filter(handle=handle) if handle else Video.filter(id=video.id)
        assert await rows.update(**change) == 1
    opened = {caller: (await client.get(poster)).status for caller, poster in posters.items()}
    assert opened == {caller: 200 if caller in left else 404 for caller in callers}


async def test_p5_link_of_a_moderator_is_void_when_they_are_none_any_more(
    site: Site, client: Browser, private: Video
) -> None:
    moderator = await site.user("mod", Role.MODERATOR)
    poster = (await shown(await site.browser(moderator), private))["poster_url"]
    assert (await client.get(poster)).status == 200
    await User.filter(id=moderator.id).update(role=Role.CREATOR)
    assert (await client.get(poster)).status == 404
