"""Nothing but objects below the root is served, listed or deleted (THREATS P-1, P-3)."""

from pathlib import Path

import pytest

from core.api import StorageKey
from core.testing.sending import StorageHttp
from plugins.storage_disk.storage import DiskStorage
from tests.plugins.storage_disk.conftest import SEGMENT
from tests.plugins.storage_disk.wire import ask


@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "..%2fsecret.txt",
        "%2e%2e/secret.txt",
        "%2e%2e%2fsecret.txt",
        "%252e%252e%252fsecret.txt",
        "..%5csecret.txt",
        "..\\secret.txt",
        "videos/../../secret.txt",
        "videos/..%2f..%2fsecret.txt",
        "videos/%2e%2e/%2e%2e/secret.txt",
        "videos/./0video",
        "videos//0video",
        "/etc/passwd",
        "//etc/passwd",
        "%2fetc%2fpasswd",
        "file:///etc/passwd",
        "videos%00",
        "videos/0video/0set/720p/1.m4s%00.jpg",
        "videos/0video/0set/720p/1.m4s/",
        "videos/0video/0set/720p/1.m4s.",
        "videos/0video/0set/720p/1.m4s%20",
        "VIDEOS/0video/0set/720p/1.m4s",
        "%c0%ae%c0%ae/secret.txt",
        "%uff0e%uff0e/secret.txt",
        "%ff",
        ".uploads",
        ".uploads/",
        ".scratch/x",
        "%2euploads/x/data",
        "videos",
        "videos/0video/0set/720p",
        "",
        "a" * 300,
        "a/" * 300 + "a",
        "videos/0video/0set/720p/1.m4s/deeper",
        "videos/0video/0set/720p/..%2f..%2f..%2f..%2f..%2fsecret.txt",
        "videos/0video/0set/720p/....//....//secret.txt",
        "videos/0video/0set/720p/..;/..;/secret.txt",
        "..%255csecret.txt",
        "%5c..%5c..%5csecret.txt",
        "..%00/secret.txt",
        "..%0d%0a/secret.txt",
        "%2e%2e%5csecret.txt",
        ".%2e/secret.txt",
        "%2e./secret.txt",
        "%e0%80%ae%e0%80%ae/secret.txt",
        "%ef%bc%8e%ef%bc%8e/secret.txt",
        "%ef%bc%8fetc%ef%bc%8fpasswd",
        "~/secret.txt",
        "~root/.profile",
        "c:/secret.txt",
        "c%3a%5csecret.txt",
        "%5c%5chost%5cshare",
        "http://127.0.0.1/secret.txt",
        "http:%2f%2f127.0.0.1%2fsecret.txt",
        "proc/self/environ",
        "uploads",
        "uploads/00000000000000000000000000000000/1",
        ".scratch",
        "%2escratch%2fx",
        ".uploads%2f00000000000000000000000000000000%2fdata",
    ],
)
@pytest.mark.usefixtures("stored")
async def test_p1_no_other_path_is_served(http: StorageHttp, path: str) -> None:
    answer = await ask(http, "GET", f"/media/{path}")
    assert answer.status in (400, 404)
    assert b"canary" not in answer.body
    assert b"root:" not in answer.body


def move(source: Path, target: Path) -> None:
    source.rename(target)


def names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def make_link(at: Path, to: Path) -> None:
    at.symlink_to(to, target_is_directory=to.is_dir())


@pytest.mark.parametrize("link", ["videos/0video/0set/link.mp4", "videos/0video/0link/1.m4s"])
async def test_p1_no_symbolic_link_is_followed(stored: DiskStorage, http: StorageHttp, root: Path, link: str) -> None:
    make_link(root / "videos/0video/0set/link.mp4", root.parent / "secret.txt")
    make_link(root / "videos/0video/0link", root / "videos/0video/0set/720p")
    assert (await ask(http, "GET", f"/media/{link}")).status == 404
    assert await stored.stat(StorageKey(link)) is None
    assert [found.key async for found in stored.list(StorageKey("videos"))] == [SEGMENT]


async def test_p3_root_replaced_by_a_symbolic_link_is_not_followed(
    stored: DiskStorage, http: StorageHttp, root: Path, tmp_path: Path
) -> None:
    move(root, tmp_path / "elsewhere")
    make_link(root, tmp_path / "elsewhere")
    assert (await ask(http, "GET", stored.url(SEGMENT, None))).status == 404


async def test_deleted_objects_leave_no_folders(stored: DiskStorage, root: Path) -> None:
    await stored.delete([SEGMENT])
    assert names_in(root) == [".scratch", ".uploads"]


async def test_foreign_files_are_no_objects(stored: DiskStorage, root: Path) -> None:
    (root / "videos" / "Thumbs.DB").touch()
    (root / "videos" / ".DS_Store").touch()
    assert [found.key async for found in stored.list(StorageKey("videos"))] == [SEGMENT]
    await stored.delete([SEGMENT])
    assert names_in(root / "videos") == [".DS_Store", "Thumbs.DB"]
