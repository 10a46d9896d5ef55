"""No address leads to a file outside the folder it is served from: every route that serves files, 60 ways out (P-1)."""

from pathlib import Path

import pytest

from core.models import Visibility
from core.testing.sites import Browser, Site
from tests.core.videos.states import in_state
from tests.threats.crawling import file_paths
from tests.threats.raw import get

UP = ["..", "../..", "../../..", "../../../../../../../.."]
DOTS = ["%2e%2e", "%252e%252e", ".%2e", "%c0%ae%c0%ae", "..."]
SLASHES = ["%2f", "%252f", "\\", "%5c", "//", "%c0%af"]
WAYS_OUT = [
    *UP,
    *(path.replace("..", dots) for path in UP for dots in DOTS),
    *(path.replace("/", slash) for path in UP[1:] for slash in SLASHES),
    *["", "/", "%00", "%2500", "/etc", "file://", "http://127.0.0.1", ".", "./.", "%2e", "~root", "C:"],
    *["%EF%BC%8F", "%u002e%u002e", "%ff", "link", "..;", "%2e%2e%3b"],
]
ENDS = [
    "secret.txt",
    "secret.txt.",
    "secret.txt%20",
    "secret.txt%00.jpg",
    "secret.txt/",
    "secret.txt;.jpg",
    "SECRET.TXT",
]


@pytest.fixture
async def site(disk_site: Site) -> Site:
    return disk_site


@pytest.fixture
async def files(site: Site, studio: Browser, tmp_path: Path) -> dict[str, str]:
    """A public video on the disk, a secret in every folder above it, and a link that leads out; real paths by route."""
    video = await in_state(site, studio, "published", Visibility.PUBLIC)
    await video.fetch_related("owner")
    root = tmp_path / "data" / "media"
    for folder in (tmp_path, tmp_path / "data", root):
        (folder / "secret.txt").write_text("the canary sings")
    (root / "link").symlink_to(tmp_path)
    return await file_paths(site, studio, video)


async def assert_refused(site: Site, target: str) -> None:
    answer = await get(site.url, target)
    assert answer.status in (400, 404), target
    assert b"canary" not in answer.body
    assert b"root:" not in answer.body


async def test_p1_every_route_that_serves_files_is_found(files: dict[str, str]) -> None:
    assert set(files) == {"core.master", "core.playlist", "core.static", "core.storyboard", "storage_disk.object"}


async def test_p1_no_way_leads_out_of_the_folder_of_a_file(site: Site, files: dict[str, str]) -> None:
    assert len(set(WAYS_OUT)) >= 60
    for folder in {path.rpartition("/")[0] for path in files.values()}:
        for way in WAYS_OUT:
            await assert_refused(site, f"{folder}/{way}/secret.txt")


async def test_p1_no_way_leads_out_of_a_root(site: Site, files: dict[str, str]) -> None:
    for root in {f"/{path.split('/')[1]}" for path in files.values()} | {""}:
        for way in WAYS_OUT:
            await assert_refused(site, f"{root}/{way}/secret.txt")


@pytest.mark.usefixtures("files")
async def test_p1_no_spelling_gets_at_a_file_beside_the_objects(site: Site) -> None:
    for folder in ("/media", "/media/link", "/media/../media", "/static/.."):
        for end in ENDS:
            await assert_refused(site, f"{folder}/{end}")
    for target in ("file:///etc/passwd", "http://127.0.0.1/etc/passwd", "//etc/passwd", "/./etc/passwd"):
        await assert_refused(site, target)
