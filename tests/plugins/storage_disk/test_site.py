"""Files on disk carry a whole site: the core's own protocol, guard and gate around the plugin's doors."""

import errno
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.api import StorageKey
from core.models import Role
from core.testing.sending import some_bytes
from core.testing.sites import Browser, Site, open_site
from plugins.storage_disk.objects import ObjectFiles
from tests.fakes import transcoder_instant

PLUGINS = {"auth_email": None, "mail_file": None, "storage_disk": None, "transcoder_instant": transcoder_instant}
SMALL = {"uploads": {"part_size": 4096}, "storage_disk": {"min_free_bytes": 0}}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path / "data", PLUGINS, SMALL) as opened:
        yield opened


@pytest.fixture
async def creator(site: Site) -> Browser:
    return await site.browser(await site.user("ada", Role.CREATOR))


async def test_upload_becomes_a_file_that_nobody_can_fetch(site: Site, creator: Browser, tmp_path: Path) -> None:
    content = some_bytes(10_000)
    upload = await site.upload(creator, content)
    path = f"originals/{upload['video_id']}/{upload['id']}"
    assert (tmp_path / "data/media" / path).read_bytes() == content
    for browser in (creator, await site.browser()):
        assert (await browser.get(f"/media/{path}")).status == 404


async def test_published_segments_are_read_from_the_disk(site: Site, creator: Browser, tmp_path: Path) -> None:
    await site.upload(creator, transcoder_instant.instant_video())
    await site.work()
    media = tmp_path / "data/media"
    files = sorted(path for path in (media / "videos").rglob("*") if path.is_file())
    stranger = await site.browser()
    assert files
    for path in files:
        answer = await stranger.get(f"/media/{path.relative_to(media)}")
        assert (answer.status, answer.body) == (200, path.read_bytes())
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


async def test_disk_that_fails_is_away_and_no_fault_of_the_site(
    site: Site, creator: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = await site.upload(creator, transcoder_instant.instant_video(), visibility="public")
    await site.work()
    poster = (await creator.api("GET", f"/videos/{upload['video_id']}")).json["poster_url"]

    def find(_: ObjectFiles, key: StorageKey) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(ObjectFiles, "find", find)
    answer = await creator.get(poster)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "10")


async def test_full_disk_is_said_before_the_first_byte(tmp_path: Path) -> None:
    full = {"storage_disk": {"min_free_bytes": 2**60}}
    async with open_site(tmp_path / "full", PLUGINS, full) as site:
        creator = await site.browser(await site.user("ada", Role.CREATOR))
        new = {"file_name": "clip.mp4", "size": 10_000, "content_type": "video/mp4"}
        answer = await creator.api("POST", "/uploads", new)
        assert (answer.status, answer.json["code"]) == (507, "storage_full")
        assert (await creator.api("GET", "/uploads")).json["items"] == []
