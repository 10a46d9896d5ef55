"""A download has the name that its link was signed for, whatever the name is (THREATS U-9, P-5, P-7)."""

import re
from pathlib import Path

import pytest

from core.api import ReadGrant, StorageKey
from core.testing.sending import StorageHttp
from plugins.storage_disk.storage import DiskStorage
from tests.plugins.storage_disk.conftest import GRANT, LATER, SEGMENT
from tests.plugins.storage_disk.wire import Answer, ask

ORIGINAL = StorageKey("originals/0video/0upload")
OWNER = ReadGrant(ORIGINAL, "1.owner", LATER)
NASTY = [
    "clip.mp4",
    "../../etc/passwd",
    "..\\..\\boot.ini",
    "C:\\x.mp4",
    "/etc/passwd",
    "a\0.mp4",
    "a" * 255,
    "é" * 255,
    "🎬" * 255,
    "-i",
    "--help",
    "con",
    "NUL.mp4",
    "aux .",
    ".",
    "..",
    ".htaccess",
    "a.mp4.",
    "a  b",
    'a"b.mp4',
    "a'b.mp4",
    "a''b.mp4",
    "a;b.mp4",
    "a; filename=evil.exe",
    'x"; filename="evil.exe',
    "a\r\nSet-Cookie: a=b",
    "a\r\n\r\n<script>alert(1)</script>",
    "a\tb.mp4",
    "a%20b.mp4",
    "%2e%2e%2f",
    "%",
    "%0d%0a",
    "=?utf-8?q?a?=",
    "utf-8''a.mp4",
    "фильм.mp4",
    "映画.mp4",
    "\u202egpj.exe",
    "a\u200bb.mp4",
    "e\u0301.mp4",
    "<img src=x onerror=alert(1)>.mp4",
    "$(reboot).mp4",
    "a&t=1&v=2#n?.mp4",
    "{{7*7}}.mp4",
]


@pytest.fixture
async def original(storage: DiskStorage, tmp_path: Path) -> DiskStorage:
    """A storage with one original."""
    (tmp_path / "original").write_bytes(b"original")
    await storage.put_file(ORIGINAL, tmp_path / "original", content_type="video/mp4")
    return storage


@pytest.mark.parametrize("name", NASTY)
async def test_u9_any_name_comes_back_as_it_is_and_breaks_nothing(
    original: DiskStorage, http: StorageHttp, name: str
) -> None:
    url = original.url(ORIGINAL, OWNER, file_name=name)
    assert await http.saved_as(url) == ("attachment", name)
    answer = await ask(http, "GET", url)
    assert (answer.status, answer.body) == (200, b"original")
    form = r"""attachment; filename(="[A-Za-z0-9._~-]+"|\*=utf-8''[A-Za-z0-9._~%-]+)"""
    assert re.fullmatch(form, answer.headers["content-disposition"])
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("name", ["\ud800.mp4", "a\udfff"])
def test_u9_name_that_is_no_text_is_not_signed(storage: DiskStorage, name: str) -> None:
    with pytest.raises(ValueError, match="surrogates"):
        storage.url(ORIGINAL, OWNER, file_name=name)


async def changed(original: DiskStorage, http: StorageHttp, old: str, new: str) -> Answer:
    """Ask for a download with another name than was signed."""
    url = original.url(ORIGINAL, OWNER, file_name="holiday 1.mp4")
    assert url.endswith(old)
    return await ask(http, "GET", url.removesuffix(old) + new)


@pytest.mark.parametrize(
    "new",
    ["", "&n=evil.exe", "&n=holiday%201.mp", "&n=Holiday%201.mp4", "&n=holiday%201.mp4%", "&n=%68oliday%201.mp4"],
)
async def test_u1_name_is_part_of_what_is_signed(original: DiskStorage, http: StorageHttp, new: str) -> None:
    assert (await changed(original, http, "&n=holiday%201.mp4", new)).status == 403


@pytest.mark.parametrize("new", ["&n=", "&n=holiday+1.mp4", "&n=a&n=holiday%201.mp4", "&N=holiday%201.mp4", "&n=a*"])
async def test_u8_name_in_another_spelling_is_refused(original: DiskStorage, http: StorageHttp, new: str) -> None:
    assert (await changed(original, http, "&n=holiday%201.mp4", new)).status == 400


async def test_u1_name_cannot_be_added_to_a_link(stored: DiskStorage, http: StorageHttp) -> None:
    assert (await ask(http, "GET", stored.url(SEGMENT, GRANT) + "&n=evil.exe")).status == 403


async def test_p7_named_segment_is_downloaded_and_never_shown(stored: DiskStorage, http: StorageHttp) -> None:
    answer = await ask(http, "GET", stored.url(SEGMENT, GRANT, file_name="part 1.mp4"))
    assert answer.headers["content-disposition"] == "attachment; filename*=utf-8''part%201.mp4"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_download_is_resumed(original: DiskStorage, http: StorageHttp) -> None:
    url = original.url(ORIGINAL, OWNER, file_name="clip.mp4")
    whole = await ask(http, "GET", url)
    rest = await ask(http, "GET", url, range="bytes=3-", if_range=whole.headers["etag"])
    assert (rest.status, rest.body) == (206, b"ginal")
    assert rest.headers["content-disposition"] == whole.headers["content-disposition"]


def test_name_needs_a_grant(storage: DiskStorage) -> None:
    with pytest.raises(ValueError, match="needs a grant"):
        storage.url(SEGMENT, None, file_name="clip.mp4")
