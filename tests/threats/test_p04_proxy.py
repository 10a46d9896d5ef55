"""No proxy of ours hands out what the site would refuse: nginx with the configuration that docs/deploy.md shows (P-4).

What a bucket answers to strangers is proven in tests/plugins/storage_s3/test_site.py (`test_p_4_…`), and asked of every
real store by `mutoscope storage check`.
"""

import re
from pathlib import Path

import pytest

from core.models import Visibility
from core.storage import StorageKey
from core.testing.sending import keys_below
from core.testing.sites import Browser, Site
from tests.core.videos.states import in_state
from tests.threats.nginx import SHIPPED, shipped_nginx
from tests.threats.raw import get

WAYS_IN = [
    *["/media/{key}", "//media/{key}", "/media//{key}", "/./media/{key}", "/media/./{key}", "/static/../media/{key}"],
    *["/videos/..%2fmedia/{key}", "/%6dedia/{key}", "/media%2f{key}", "/MEDIA/{key}", "/media/{key}/", "/media/{key}?"],
    *[
        "/media/{key}%00",
        "/media/{key};",
        "/media/{key}%3f",
        "/media/{key}#x",
        "/media\\{key}",
        "/media/..;/media/{key}",
    ],
    *["/data/media/{key}", "/srv/mutoscope/data/media/{key}", "/../data/media/{key}", "/..%2fdata/media/{key}"],
    *["/media/{key}?t=0.99999999999.x&v=0.x", "https://127.0.0.1/media/{key}", "http://video.example.org/media/{key}"],
]
TRICKS = {"x_original_url": "/media/{key}", "x_rewrite_url": "/media/{key}", "x_accel_redirect": "/media/{key}"}


@pytest.fixture
async def site(disk_site: Site) -> Site:
    return disk_site


async def test_p4_shipped_configuration_serves_and_keeps_no_files() -> None:
    directives = set(re.findall(r"^\s*([a-z_]+)", SHIPPED, re.MULTILINE))
    assert directives >= {"proxy_pass", "server_name"}
    assert not directives & {"root", "alias", "try_files", "proxy_cache", "proxy_store", "autoindex"}


@pytest.mark.slow
async def test_p4_stranger_gets_no_private_object_through_nginx(site: Site, studio: Browser, tmp_path: Path) -> None:
    video = await in_state(site, studio, "published", Visibility.PRIVATE)
    found = await keys_below(site.services.storage, StorageKey(f"videos/{video.id}"))
    keys = [
        next(key for key in found if key.endswith("/720p_00000.m4s")),
        *await keys_below(site.services.storage, StorageKey("originals")),
    ]
    async with shipped_nginx(site.url, tmp_path) as (proxy, trust):
        for key in keys:
            content = (tmp_path / "data" / "media" / key).read_bytes()
            for way in WAYS_IN:
                for headers in ({}, {"range": "bytes=0-99"}, {name: to.format(key=key) for name, to in TRICKS.items()}):
                    answer = await get(proxy, way.format(key=key), tls=trust, **headers)
                    assert answer.status in (400, 403, 404), (way, headers)
                    assert content[:50] not in answer.body


@pytest.mark.slow
async def test_p4_nginx_lets_through_what_is_allowed(site: Site, studio: Browser, tmp_path: Path) -> None:
    private, public = [
        await in_state(site, studio, "published", each) for each in (Visibility.PRIVATE, Visibility.PUBLIC)
    ]
    links = [(await studio.api("GET", f"/videos/{video.id}")).json["poster_url"] for video in (private, public)]
    async with shipped_nginx(site.url, tmp_path) as (proxy, trust):
        for link, scope in zip(links, ("private", "public"), strict=True):
            answer = await get(proxy, link, tls=trust)
            assert (answer.status, answer.body[:3]) == (200, b"\xff\xd8\xff")
            assert answer.headers["Cache-Control"].startswith(scope)
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
