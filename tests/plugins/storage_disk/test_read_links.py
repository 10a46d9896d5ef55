"""A link to what is not public opens its own set, for its own viewer, in its own time (THREATS P-5, U-6, U-8)."""

import time
from pathlib import Path

import pytest

from core.api import ReadGrant, Signer, StorageKey
from core.testing.sending import StorageHttp, in_ten_minutes
from plugins.storage_disk.storage import DiskStorage
from tests.plugins.storage_disk.conftest import GRANT, SECRET, SEGMENT, SET
from tests.plugins.storage_disk.wire import ask


@pytest.mark.parametrize(
    "key",
    ["videos/0video/0other/720p/1.m4s", "videos/0other/0set/720p/1.m4s", "videos/0video", "originals/0video/0set"],
)
async def test_p5_link_of_one_set_opens_no_other(stored: DiskStorage, http: StorageHttp, key: str) -> None:
    query = stored.url(SEGMENT, GRANT).partition("?")[2]
    assert (await ask(http, "GET", f"/media/{key}?{query}")).status == 403
    assert (await ask(http, "GET", f"/media/{SET}/1080p/9.m4s?{query}")).status == 404  # its own set, no such file


async def test_p5_original_is_opened_by_its_own_link_only(
    storage: DiskStorage, http: StorageHttp, tmp_path: Path
) -> None:
    keys = [StorageKey("originals/0video/0first"), StorageKey("originals/0video/0second")]
    (tmp_path / "file").write_bytes(b"original")
    for key in keys:
        await storage.put_file(key, tmp_path / "file", content_type="video/mp4")
    url = storage.url(keys[0], ReadGrant(keys[0], "3.viewer", in_ten_minutes()))
    assert (await ask(http, "GET", url)).status == 200
    assert (await ask(http, "GET", url.replace("0first", "0second"))).status == 403


@pytest.mark.parametrize("lifetime", [0, -1, 8 * 86_400])
async def test_p5_link_is_dead_outside_its_time(stored: DiskStorage, http: StorageHttp, lifetime: int) -> None:
    grant = ReadGrant(SET, "3.viewer", int(time.time()) + lifetime)
    assert (await ask(http, "GET", stored.url(SEGMENT, grant))).status == 403


@pytest.mark.parametrize("old_new", [("v=3.", "v=4."), ("v=3.viewer", "v=3.other"), ("?t=", "?t=0")])
async def test_p5_link_of_another_viewer_or_epoch_is_refused(
    stored: DiskStorage, http: StorageHttp, old_new: tuple[str, str]
) -> None:
    assert (await ask(http, "GET", stored.url(SEGMENT, GRANT).replace(*old_new))).status == 403


async def test_u6_token_of_a_part_opens_no_object(stored: DiskStorage, http: StorageHttp) -> None:
    token = Signer([SECRET]).token("upload-part", {"prefix": SET, "subject": "3.viewer"}, expires_at=in_ten_minutes())
    assert (await ask(http, "GET", f"/media/{SEGMENT}?t={token}&v=3.viewer")).status == 403


@pytest.mark.parametrize("extra", ["&", "&v=3.viewer", "&x=1", "&t=", "&%76=3.viewer"])
async def test_u8_read_link_in_another_spelling_is_refused(stored: DiskStorage, http: StorageHttp, extra: str) -> None:
    assert (await ask(http, "GET", stored.url(SEGMENT, GRANT) + extra)).status == 400
    assert (await ask(http, "GET", stored.url(SEGMENT, None) + "?" + extra)).status == 400
