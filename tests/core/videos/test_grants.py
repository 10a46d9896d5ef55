"""Media open to whoever was led to them, for as long as that right lasts (P-5, P-10)."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from core.models import Role, User, Video, Visibility
from core.storage import StorageKey
from core.testing.sending import keys_below
from core.testing.sites import Browser, Site
from tests.core.videos.states import in_state

WATCHERS = {
    Visibility.PUBLIC: {"owner", "moderator", "anonymous"},
    Visibility.UNLISTED: {"owner", "moderator", "link holder"},
    Visibility.PRIVATE: {"owner", "moderator"},
}


@pytest.fixture
async def callers(site: Site, studio: Browser, client: Browser) -> dict[str, Browser]:
    moderator = await site.browser(await site.user("mod", Role.MODERATOR))
    return {"owner": studio, "moderator": moderator, "anonymous": client, "link holder": client}


def links_in(playlist: str) -> Iterator[str]:
    for line in playlist.splitlines():
        if not line.startswith("#"):
            yield line
        elif uri := re.search('URI="([^"]+)"', line):
            yield uri[1]


async def media_of(browser: Browser, video: dict[str, Any]) -> list[str]:
    """Return every address of media that a caller is led to, from the master playlist down to the poster."""
    master = await browser.get(video["hls_url"])
    found = [video["poster_url"]]
    for playlist in links_in(master.text):
        found += links_in((await browser.get(playlist)).text)
    return found


@pytest.mark.parametrize("visibility", Visibility)
async def test_segments_and_poster_open_to_whoever_may_watch(
    site: Site, studio: Browser, callers: dict[str, Browser], visibility: Visibility
) -> None:
    video = await in_state(site, studio, "published", visibility)
    for name in sorted(WATCHERS[visibility]):
        key = f"?key={video.link_key}" if name == "link holder" else ""
        shown = (await callers[name].api("GET", f"/videos/{video.id}{key}")).json
        urls = await media_of(callers[name], shown)
        assert len(urls) > 8
        for url in urls:
            answer = await callers["anonymous"].get(url)  # whoever holds a signed address may use it
            assert (answer.status, answer.headers["Content-Type"].split("/")[0]) in [(200, "video"), (200, "image")]
            bare = await callers["owner"].get(url.partition("?")[0])
            assert bare.status == (200 if visibility is Visibility.PUBLIC else 404)


@pytest.mark.parametrize("before", Visibility)
@pytest.mark.parametrize("after", Visibility)
async def test_changed_visibility_counts_at_once_p_5(
    site: Site, studio: Browser, client: Browser, before: Visibility, after: Visibility
) -> None:
    video = await in_state(site, studio, "published", before)
    urls = await media_of(studio, (await studio.api("GET", f"/videos/{video.id}")).json)
    assert (await studio.api("PATCH", f"/videos/{video.id}", {"visibility": after})).status == 200
    still_open = after is Visibility.PUBLIC if before is Visibility.PUBLIC else before is after
    assert {(await client.get(url)).status for url in urls} == {200 if still_open else 404}


@pytest.mark.parametrize(
    "change", [{"hidden_at": datetime.now(UTC)}, {"visibility": Visibility.PRIVATE}], ids=["hidden", "private"]
)
async def test_link_holder_is_out_when_the_right_is_gone(
    site: Site, studio: Browser, client: Browser, change: dict[str, Any]
) -> None:
    video = await in_state(site, studio, "published", Visibility.UNLISTED)
    shown = (await client.api("GET", f"/videos/{video.id}?key={video.link_key}")).json
    urls = await media_of(client, shown)
    owners = await media_of(studio, (await studio.api("GET", f"/videos/{video.id}")).json)
    await Video.filter(id=video.id).update(**change)
    assert {(await client.get(url)).status for url in urls} == {404}
    assert {(await client.get(url)).status for url in owners} == {200}


async def test_suspension_closes_what_its_owner_has_signed_z_8(
    site: Site, creator: User, studio: Browser, client: Browser
) -> None:
    video = await in_state(site, studio, "published", Visibility.PRIVATE)
    urls = await media_of(studio, (await studio.api("GET", f"/videos/{video.id}")).json)
    await User.filter(id=creator.id).update(suspended_at=datetime.now(UTC))
    assert {(await client.get(url)).status for url in urls} == {404}


@pytest.mark.parametrize(
    "path", ["originals/{id}/x", "videos/{id}", "videos", "videos/{id}/nothing/poster.jpg", "secret.key", "videos/x/y"]
)
async def test_gate_opens_nothing_but_rendition_sets_without_a_grant(site: Site, studio: Browser, path: str) -> None:
    video = await in_state(site, studio, "published", Visibility.PUBLIC)
    assert (await studio.get(f"/media/{path.format(id=video.id)}")).status == 404


async def test_original_is_never_public(site: Site, studio: Browser) -> None:
    await in_state(site, studio, "published", Visibility.PUBLIC)
    (key,) = await keys_below(site.services.storage, StorageKey("originals"))
    assert (await studio.get(f"/media/{key}")).status == 404
