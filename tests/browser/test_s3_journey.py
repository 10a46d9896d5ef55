"""A browser sends a file straight to a bucket, and plays it from there; the site's own process carries none of it."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Request, expect

from core.testing.media import make_clip
from core.testing.sites import Site
from tests.browser.conftest import OpenPage
from tests.browser.on_a_bucket import a_site_on_a_bucket
from tests.browser.test_journey import assert_it_plays
from tests.browser.uploading import choose, expect_whole, padded, visit
from tests.s3_gateway import Gateway

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
async def on_s3(tmp_path: Path, moto_url: str) -> AsyncIterator[tuple[Site, Gateway]]:
    async with a_site_on_a_bucket(tmp_path / "data", moto_url) as opened:
        yield opened


async def test_the_bytes_go_straight_to_the_bucket_and_come_from_it(
    on_s3: tuple[Site, Gateway], open_page: OpenPage, tmp_path: Path
) -> None:
    (site, gateway), page = on_s3, await open_page()
    media: list[Request] = []
    page.on("request", lambda request: media.append(request) if _is_media(request) else None)
    await visit(page, site, await site.user("ada"))
    await choose(page, padded(await make_clip(tmp_path / "film.mp4", seconds=2), megabytes=12))
    await expect_whole(page)
    parts = [request for request in media if request.method == "PUT"]
    assert len(parts) == 2
    assert all("x-amz-checksum-sha256" in request.headers for request in parts)

    await site.work()
    await expect(page.get_by_text("Ready in every quality.", exact=True)).to_be_visible(timeout=90_000)
    watch = await page.get_by_role("link", name="Watch now").get_attribute("href")
    await page.goto(f"{site.url}{watch}")
    await assert_it_plays(page)

    assert {urlsplit(request.url).netloc for request in media} == {urlsplit(gateway.url).netloc}


def _is_media(request: Request) -> bool:
    return request.method == "PUT" or urlsplit(request.url).path.endswith((".m4s", ".mp4"))
