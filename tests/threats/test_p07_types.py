"""What browsers make of media is said by us, from a fixed table, and never a document of this site (P-7)."""

from pathlib import Path

import pytest

from core.models import Visibility
from core.storage import StorageKey
from core.testing.sites import Browser, Site
from core.videos.content_types import content_type_of
from tests.core.videos.states import in_state
from tests.threats.polyglots import PAGE, VIDEO_PAGE, stored
from tests.threats.watching import MEDIA, addresses

OPAQUE = "application/octet-stream"
TYPES = {
    "master.m3u8": "application/vnd.apple.mpegurl",
    "init.mp4": "video/mp4",
    "1.m4s": "video/mp4",
    "poster.jpg": "image/jpeg",
    "sprite.webp": "image/webp",
    "thumbs.vtt": "text/vtt",
    **dict.fromkeys(
        ["original", "page.html", "page.xhtml", "image.svg", "feed.xml", "x.pdf", "x.js", "x.mp4.gz"], OPAQUE
    ),
}


@pytest.fixture
async def site(disk_site: Site) -> Site:
    return disk_site


@pytest.mark.parametrize("name", TYPES)
async def test_p7_type_is_that_of_the_fixed_table(name: str) -> None:
    assert content_type_of(StorageKey("videos").child(name)) == TYPES[name]


@pytest.mark.parametrize("visibility", Visibility)
async def test_p7_every_media_answer_is_shut_in(site: Site, studio: Browser, visibility: Visibility) -> None:
    video = await in_state(site, studio, "published", visibility)
    found = await addresses(site, studio, video)
    for kind in MEDIA:
        name = found[kind].partition("?")[0].rpartition("/")[2]
        for headers in ({}, {"Range": "bytes=0-9"}, {"If-None-Match": "*"}, {"Accept": "text/html"}):
            answer = await studio.get(found[kind], headers=headers)
            assert answer.status in (200, 206, 304)
            if answer.status != 304:
                assert answer.headers["Content-Type"].partition(";")[0] == TYPES.get(name, content_type_of(name))
            assert "sandbox" in answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


async def test_p7_whatever_is_stored_it_is_served_by_its_ending(site: Site, studio: Browser, tmp_path: Path) -> None:
    video = await in_state(site, studio, "published", Visibility.PUBLIC)
    for name, content_type in TYPES.items():
        answer = await studio.get(await stored(site, video, name, PAGE, tmp_path))
        assert (answer.headers["Content-Type"].partition(";")[0], answer.body) == (content_type, PAGE)
        shown = answer.headers.get("Content-Disposition", "inline").partition(";")[0]
        assert shown == ("attachment" if content_type == OPAQUE else "inline")


@pytest.mark.parametrize("file_name", ["page.html", "clip.mp4", "a.svg"])
async def test_p7_original_is_an_attachment_of_no_type(site: Site, studio: Browser, file_name: str) -> None:
    upload = await site.upload(studio, VIDEO_PAGE, file_name=file_name, content_type="text/html")
    location = (await studio.api("GET", f"/videos/{upload['video_id']}/original")).headers["Location"]
    answer = await studio.get(location)
    assert (answer.status, answer.body, answer.headers["Content-Type"]) == (200, VIDEO_PAGE, OPAQUE)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
