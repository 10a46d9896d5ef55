"""A browser sends a file straight to a bucket, and plays it from there; the site's own process carries none of it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Request, expect

from core.testing.media import make_clip
from core.testing.sites import Site, open_site
from tests.browser.conftest import OpenPage
from tests.browser.test_journey import assert_it_plays
from tests.browser.uploading import choose, expect_whole, padded, visit
from tests.plugins.storage_s3.conftest import new_bucket
from tests.s3_gateway import Gateway, open_gateway

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(90)]

PLUGINS = dict.fromkeys(["auth_email", "mail_file", "storage_s3", "transcode_ffmpeg", "catalog", "studio"])


@pytest.fixture
async def gateway(moto_url: str) -> AsyncIterator[Gateway]:
    """A store that checks signatures, and knows nobody's page yet."""
    async with open_gateway(moto_url) as opened:
        yield opened


@pytest.fixture
async def s3_site(tmp_path: Path, gateway: Gateway) -> AsyncIterator[Site]:
    """A site whose objects are in a bucket that its pages may use."""
    table = await new_bucket(gateway.store) | {"endpoint": gateway.url}
    async with open_site(tmp_path / "data", PLUGINS, {"storage_s3": table}) as site:
        gateway.rules = replace(gateway.rules, origins=(site.url,))
        yield site


async def test_the_bytes_go_straight_to_the_bucket_and_come_from_it(
    s3_site: Site, gateway: Gateway, open_page: OpenPage, tmp_path: Path
) -> None:
    page = await open_page()
    media: list[Request] = []
    page.on("request", lambda request: media.append(request) if _is_media(request) else None)
    await visit(page, s3_site, await s3_site.user("ada"))
    await choose(page, padded(await make_clip(tmp_path / "film.mp4", seconds=2), megabytes=12))
    await expect_whole(page)
    parts = [request for request in media if request.method == "PUT"]
    assert len(parts) == 2
    assert all("x-amz-checksum-sha256" in request.headers for request in parts)

    await s3_site.work()
    await expect(page.get_by_text("Ready in every quality.", exact=True)).to_be_visible(timeout=30_000)
    watch = await page.get_by_role("link", name="Watch now").get_attribute("href")
    await page.goto(f"{s3_site.url}{watch}")
    await assert_it_plays(page)

    assert {urlsplit(request.url).netloc for request in media} == {urlsplit(gateway.url).netloc}


def _is_media(request: Request) -> bool:
    return request.method == "PUT" or urlsplit(request.url).path.endswith((".m4s", ".mp4"))
