"""U-9: a file's name is words to show; what is stored is named by ids alone."""

import re
from typing import Any

import pytest
from aiohttp.multipart import content_disposition_filename, parse_content_disposition

from core.models import Upload, Video
from core.testing.sites import Browser, Site
from tests.core.videos.uploading import NEW, stored
from tests.fakes.transcoder_instant import instant_video
from tests.threats.on_disk import ask

# As it is sent, as it is kept, and the title that is made of it.
TAKEN = {
    "../../etc/passwd": ("../../etc/passwd", "../../etc/passwd"),
    "..\\..\\boot.ini": ("..\\..\\boot.ini", "..\\..\\boot"),
    "C:\\films\\a.mp4": ("C:\\films\\a.mp4", "C:\\films\\a"),
    "/absolute.mp4": ("/absolute.mp4", "/absolute"),
    "//host/share/a.mp4": ("//host/share/a.mp4", "//host/share/a"),
    "%2e%2e%2fa.mp4": ("%2e%2e%2fa.mp4", "%2e%2e%2fa"),
    "file:///etc/passwd": ("file:///etc/passwd", "file:///etc/passwd"),
    "~/a.mp4": ("~/a.mp4", "~/a"),
    ".mp4": (".mp4", "Untitled"),
    "...": ("...", "..."),
    ".htaccess": (".htaccess", ".htaccess"),
    "-i": ("-i", "-i"),
    "--help": ("--help", "--help"),
    "con": ("con", "con"),
    "NUL.mp4": ("NUL.mp4", "NUL"),
    "a.mp4:stream": ("a.mp4:stream", "a.mp4:stream"),
    "a.php.mp4": ("a.php.mp4", "a.php"),
    "a.mp4.exe": ("a.mp4.exe", "a.mp4"),
    "a\r\nSet-Cookie: b.mp4": ("a Set-Cookie: b.mp4", "a Set-Cookie: b"),
    "a\tb.mp4": ("a b.mp4", "a b"),
    "a\u202egpj.mp4": ("agpj.mp4", "agpj"),
    "\u200bzero.mp4": ("zero.mp4", "zero"),
    "\ufeffmark.mp4": ("mark.mp4", "mark"),
    "ﬁlm.mp4": ("ﬁlm.mp4", "ﬁlm"),
    "cafe\u0301.mp4": ("café.mp4", "café"),
    "🎬 film.mp4": ("🎬 film.mp4", "🎬 film"),
    "映画.mp4": ("映画.mp4", "映画"),
    "שלום.mp4": ("שלום.mp4", "שלום"),
    'a"; filename="b.html': ('a"; filename="b.html', 'a"; filename="b'),
    "a\\.mp4": ("a\\.mp4", "a\\"),
    "a;b=c.mp4": ("a;b=c.mp4", "a;b=c"),
    "<script>alert(1)</script>.mp4": ("<script>alert(1)</script>.mp4", "<script>alert(1)</script>"),
    "'; DROP TABLE video; --.mp4": ("'; DROP TABLE video; --.mp4", "'; DROP TABLE video; --"),
    "{{ 7*7 }}.mp4": ("{{ 7*7 }}.mp4", "{{ 7*7 }}"),
    "$(reboot).mp4": ("$(reboot).mp4", "$(reboot)"),
    "`reboot`|a.mp4": ("`reboot`|a.mp4", "`reboot`|a"),
    "@format {this.SECRET}": ("@format {this.SECRET}", "@format {this.SECRET}"),
    "%00.mp4": ("%00.mp4", "%00"),
    "My_holiday-2026.final.MP4": ("My_holiday-2026.final.MP4", "My holiday-2026.final"),
    "é" * 200: ("é" * 200, "é" * 120),
    "a" * 251 + ".mp4": ("a" * 251 + ".mp4", "a" * 120),
}
REFUSED = ["", " \u200b\t", "a\0.mp4", "\0", "a" * 256, "\udc80.mp4", "\ud800"]


async def downloaded_as(site: Site, browser: Browser, video_id: str) -> tuple[str | None, str | None]:
    """Return disposition and name of the original, as a browser reads the header (RFC 6266)."""
    link = (await browser.api("GET", f"/videos/{video_id}/original")).headers["Location"]
    answer = await ask(site, "GET", link)
    assert "set-cookie" not in answer.headers
    disposition, parameters = parse_content_disposition(answer.headers["content-disposition"])
    return disposition, content_disposition_filename(parameters)


def test_u9_table_has_forty_names() -> None:
    assert len(TAKEN) >= 40


@pytest.mark.parametrize("group", range(5))
async def test_u9_name_is_words_and_never_a_path(disk: Site, ada: Browser, group: int) -> None:
    names = list(TAKEN)[group::5]
    for name in names:
        kept, title = TAKEN[name]
        upload = await disk.upload(ada, instant_video(), file_name=name)
        assert upload["file_name"] == kept
        assert (await Video.get(id=upload["video_id"])).title == title
        assert await downloaded_as(disk, ada, upload["video_id"]) == ("attachment", kept)
    keys = await stored(disk)
    assert len(keys) == len(names)
    assert all(re.fullmatch(r"originals/[0-9a-z]{16}/[0-9a-z]{26}", key) for key in keys)


@pytest.mark.parametrize("name", REFUSED, ids=ascii)
async def test_u9_name_that_nobody_could_read_is_refused(studio: Browser, name: str) -> None:
    answer = await studio.api("POST", "/uploads", {**NEW, "file_name": name})
    assert answer.status in (400, 422)
    assert not await Upload.exists()


@pytest.mark.parametrize("field", ["key", "path", "chunkFile", "storage", "storage_upload_id", "id", "video_id"])
async def test_u9_client_names_no_place(studio: Browser, field: str) -> None:
    answer: Any = await studio.api("POST", "/uploads", {**NEW, field: "../../etc/passwd"})
    assert (answer.status, answer.json["errors"]) == (422, {field: "This is not known here."})
