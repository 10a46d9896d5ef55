"""What links to a bucket are worth on a whole site: a download goes on, and what is withdrawn is behind none of them.

The store asks nobody, so a link can only be closed by taking away what it leads to. A worker does that, by giving the
objects new keys; what nobody takes away is open until the link's own time, and the tests say which.
"""

from collections.abc import AsyncIterator, Collection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from core.models import Video, Visibility
from core.testing.sending import StorageHttp
from core.testing.sites import Browser, Site, open_site
from tests.fakes import transcoder_instant
from tests.plugins.storage_s3.conftest import SITE_PLUGINS
from tests.plugins.storage_s3.test_site import upload, work_until_erased
from tests.s3_gateway import Gateway, Rules
from tests.threats.watching import media_of

pytestmark = pytest.mark.slow


@pytest.fixture(params=["signed links", "public bucket"])
async def site(
    request: pytest.FixtureRequest, tmp_path: Path, table: dict[str, Any], gateway: Gateway
) -> AsyncIterator[Site]:
    """A site whose bucket is private, and one whose bucket shows `videos/` to everybody."""
    if public := request.param == "public bucket":
        gateway.rules = Rules(public=("videos/",))
    async with open_site(tmp_path / "data", SITE_PLUGINS, {"storage_s3": table | {"public_bucket": public}}) as opened:
        yield opened


async def links_of(browser: Browser, video_id: str) -> list[str]:
    """Return every link to an object of the video, as the browser's user is given it."""
    return await media_of(browser, (await browser.api("GET", f"/videos/{video_id}")).json)


async def download(creator: Browser, video_id: str) -> str:
    """Return where the owner is sent for the original."""
    led = await creator.api("GET", f"/videos/{video_id}/original")
    assert led.status == 303
    return led.headers["Location"]


async def statuses(http: StorageHttp, links: Collection[str]) -> set[int]:
    """Return what the store answers to all of them."""
    assert links
    return {(await http.get(link))[0] for link in links}


async def test_original_is_downloaded_from_the_bucket_and_goes_on_where_it_stopped(
    creator: Browser, http: StorageHttp, gateway: Gateway
) -> None:
    content = transcoder_instant.instant_video()
    link = await download(creator, await upload(creator, http))
    assert urlsplit(link).netloc == urlsplit(gateway.url).netloc
    assert await http.saved_as(link) == ("attachment", "clip.mp4")
    pieces = []
    for wanted in ("bytes=0-9", "bytes=10-"):
        async with http.session.get(http.address(link), headers={"Range": wanted}) as answer:
            pieces.append((answer.status, answer.headers["Content-Range"], await answer.read()))
    last = len(content) - 1
    assert [piece[:2] for piece in pieces] == [
        (206, f"bytes 0-9/{len(content)}"),
        (206, f"bytes 10-{last}/{len(content)}"),
    ]
    assert b"".join(piece[2] for piece in pieces) == content


async def test_p_10_links_to_a_deleted_video_are_dead_as_soon_as_a_worker_knows(
    site: Site, creator: Browser, http: StorageHttp
) -> None:
    video_id = await upload(creator, http)
    await site.work()
    links, original = await links_of(await site.browser(), video_id), await download(creator, video_id)
    assert await statuses(http, [*links, original]) == {200}
    assert (await creator.api("DELETE", f"/videos/{video_id}")).status == 204
    await site.work()
    assert await statuses(http, links) == {404}
    # The owner's own, and it may be wanted for as long as the video can be restored.
    assert await statuses(http, [original]) == {200}
    await work_until_erased(site, video_id)
    assert await statuses(http, [original]) == {404}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Visibility.PUBLIC, Visibility.UNLISTED),
        (Visibility.PUBLIC, Visibility.PRIVATE),
        (Visibility.UNLISTED, Visibility.PRIVATE),
    ],
)
async def test_p_5_links_of_before_are_dead_once_a_video_is_for_fewer_people(
    site: Site, creator: Browser, http: StorageHttp, before: Visibility, after: Visibility
) -> None:
    video_id = await upload(creator, http, visibility=before)
    await site.work()
    links = await links_of(creator, video_id)
    assert (await creator.api("PATCH", f"/videos/{video_id}", {"visibility": after})).status == 200
    await site.work()
    assert await statuses(http, links) == {404}
    renewed = await links_of(creator, video_id)
    assert all("X-Amz-Signature" in link for link in renewed)
    assert await statuses(http, renewed) == {200}


async def test_p_5_signed_links_end_soon_after_the_key_was_renewed(
    site: Site, creator: Browser, http: StorageHttp
) -> None:
    video_id = await upload(creator, http, visibility=Visibility.UNLISTED)
    await site.work()
    stranger, page = await site.browser(), f"/videos/{video_id}?key={(await Video.get(id=video_id)).link_key}"
    links = await media_of(stranger, (await stranger.api("GET", page)).json)
    assert (await creator.api("POST", f"/videos/{video_id}/link", {})).status == 200
    assert (await stranger.api("GET", page)).status == 404
    await site.work()
    assert await statuses(http, links) == {404}
    assert (
        await stranger.api("GET", f"/videos/{video_id}?key={(await Video.get(id=video_id)).link_key}")
    ).status == 200
