"""A key that is none is refused before a storage does anything, whoever brings it: a request or a transcoder (P-3).

`StorageKey` is the only way to name an object (`tests/core/test_storage_key.py` has its closed pattern), for every
storage alike; mypy keeps plain strings out. What is proven here is that both doors from outside lead through it.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from core.models import Job, RenditionSet, Visibility
from core.storage import ReadGrant, StorageKey
from core.testing.sending import keys_below
from core.testing.sites import Site, open_site
from core.transcoding import EncodedSet
from tests.conftest import EMBEDDED
from tests.core.videos.states import in_state
from tests.fakes.transcoder_instant import instant_video
from tests.threats.raw import get

BAD_KEYS = [
    *["", "/", ".", "..", "a/", "a//b", "a/./b", "a/../b", "../a", "/etc/passwd", "c:/x", "a\\b", "~a", "a b", "a?b"],
    *["A", "Videos/a", "videos/A.mp4", "vidéos", "videos/e\u0301", "\u017f", "\u212a", "\uff41", "videos/\u202ea"],
    *["a\0", "a\0.mp4", "a\n", "a\r\nb", "\x7f", ".uploads/x", "a/.hidden", "a" * 256, "a/" * 256 + "a", "a" * 2000],
]
BAD_NAMES = ["../../../escaped.jpg", "/escaped.jpg", "..\\escaped.jpg", "Escaped.jpg", "escaped\0.jpg", "e" * 2000]


class OpenGate:
    """Lets everybody read everything, and remembers what was asked for."""

    def __init__(self) -> None:
        self.asked: list[StorageKey] = []

    async def may_read(self, key: StorageKey, grant: ReadGrant | None) -> bool:
        self.asked.append(key)
        return True


@pytest.fixture(params=["storage_memory", "storage_disk"])
async def doors(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """Where a site whose gate is open serves the objects of a storage; what came as far as the gate fails the test."""
    plugins = {name: module for name, module in EMBEDDED.items() if name != "storage_memory"}
    gate = OpenGate()
    monkeypatch.setattr("core.services.Gate.may_read", gate.may_read)
    async with open_site(tmp_path / "data", plugins | {request.param: EMBEDDED.get(request.param)}) as site:
        yield site.url + {"storage_memory": "/storage_memory", "storage_disk": "/media"}[request.param]
    assert gate.asked == []


async def test_p3_bad_key_of_a_request_is_refused_before_any_io(doors: str) -> None:
    site, _, folder = doors.rpartition("/")
    for key in BAD_KEYS:
        for spelling in {quote(key, safe="/"), quote(key, safe="")}:
            assert (await get(site, f"/{folder}/{spelling}")).status in (400, 404), key


@pytest.mark.parametrize("name", BAD_NAMES)
async def test_p3_bad_name_of_a_transcoder_is_stored_nowhere(
    disk_site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    site, studio = disk_site, await disk_site.browser(await disk_site.user("ada"))
    made = site.services.transcoder.encode

    async def encode(*arguments: Any) -> EncodedSet:
        return (await made(*arguments)).model_copy(update={"posters": (name,)})

    monkeypatch.setattr(site.services.transcoder, "encode", encode, raising=False)
    upload = await site.upload(studio, instant_video(), visibility="public")
    await site.work()
    assert not await RenditionSet.exists(video_id=upload["video_id"], complete=True)
    detail = (await Job.get(kind="videos.chunk")).error_detail
    assert detail is not None
    assert "is no storage key" in detail
    assert not any("scaped" in key for key in await keys_below(site.services.storage, StorageKey("videos")))
    assert not [path for path in tmp_path.rglob("*") if "scaped" in path.name]


async def test_p3_root_replaced_by_a_link_is_not_followed(disk_site: Site, tmp_path: Path) -> None:
    studio = await disk_site.browser(await disk_site.user("ada"))
    video = await in_state(disk_site, studio, "published", Visibility.PUBLIC)
    poster = (await studio.api("GET", f"/videos/{video.id}")).json["poster_url"]
    assert (await studio.get(poster)).status == 200
    root = tmp_path / "data" / "media"
    root.rename(tmp_path / "elsewhere")
    root.symlink_to(tmp_path / "elsewhere")
    assert (await studio.get(poster)).status == 404
