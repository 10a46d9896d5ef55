"""U-17: what is no video fails with a reason that stays the same; what is one leaves its foreign bytes behind.

The container alone decides, by a list of formats that the probe may read (T-2): neither the name nor the type that the
browser says is asked, so that an honest file with a wrong name is still a video, and a dishonest one never is.
"""

import gzip
import io
import tarfile
import time
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from core.models import Job, JobState
from core.storage import StorageKey
from core.testing.media import make_odd
from core.testing.sending import content_of, keys_below
from core.testing.sites import Browser, Site, open_site
from core.transcoding import Reason
from core.videos.runs import SWEEP
from tests.threats.on_disk import ask

FOREIGN = b"<!doctype html><script>alert('foreign bytes')</script>"


def _zip() -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("word/document.xml", FOREIGN.decode() * 20)
    return raw.getvalue()


def _tar() -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        archive.addfile(entry := tarfile.TarInfo("../../etc/passwd"), io.BytesIO())
        assert entry.size == 0
    return raw.getvalue()


def _long(head: bytes) -> bytes:
    return head.ljust(4096, b"\n")


NO_VIDEOS: dict[str, bytes | str] = {
    "page.mp4": _long(FOREIGN),
    "program.mp4": _long(b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\x3e\x00"),
    "windows.mp4": _long(b"MZ\x90\0" + bytes(60) + b"PE\0\0"),
    "script.mp4": _long(b"#!/bin/sh\nreboot\n"),
    "server.mp4": _long(b"<?php system($_GET['c']); ?>"),
    "archive.mp4": _zip(),
    "tar.mp4": _tar(),
    "gzip.mp4": gzip.compress(FOREIGN * 100, 0),
    "paper.mp4": _long(b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n"),
    "drawing.mp4": _long(b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
    "data.mp4": _long(b'{"a": 1}'),
    "table.mp4": _long(b"SQLite format 3\0"),
    "zeros.mp4": bytes(100_000),
    "noise.mp4": bytes(range(256)) * 64,
    "text.mp4": "text.mp4",
    "playlist.mp4": "playlist.mp4",
    "concat.mp4": "concat.mp4",
    "session.mp4": "session.mp4",
    "manifest.mp4": "manifest.mp4",
    "animation.mp4": "animation.gif",
    "audio.mp4": "audio_only.mp4",
    "cover.mp4": "cover_art.mp3",
    "half.mp4": "truncated.mp4",
    "head only.mp4": b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + FOREIGN * 50,
    "matroska head.webm": b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\1\x42\x82\x84webm" + FOREIGN * 50,
    "avi head.mp4": b"RIFF\xff\xff\0\0AVI LIST" + FOREIGN * 50,
    "picture.mp4": _long(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
}
LATER = ["uploads.expire", SWEEP]
"""What waits for its time and needs nobody: looks for what is forgotten."""

OTHER_REASONS = {
    "audio.mp4": Reason.NO_VIDEO,
    "cover.mp4": Reason.NO_VIDEO,
    "avi head.mp4": Reason.NO_VIDEO,
    "half.mp4": Reason.DAMAGED,
    "head only.mp4": Reason.DAMAGED,
    "matroska head.webm": Reason.DAMAGED,
}
FREE_BOX = (8 + len(FOREIGN)).to_bytes(4, "big") + b"free" + FOREIGN


def polyglot(kind: str, clip: bytes) -> bytes:
    """Return a clip that is something else as well."""
    return clip + {"page": FOREIGN, "archive": _zip(), "page in a box": FREE_BOX}[kind]


@pytest.fixture
async def real_site(tmp_path: Path) -> AsyncIterator[Site]:
    settings = {"storage_disk": {"min_free_bytes": 0}}
    async with open_site(tmp_path / "data", {"storage_disk": None, "transcode_ffmpeg": None}, settings) as opened:
        yield opened


async def processed(site: Site, browser: Browser, name: str, content: bytes) -> dict[str, Any]:
    """Upload a file as a video, run what follows within 30 s, and return its status."""
    started = time.monotonic()
    upload = await site.upload(browser, content, file_name=name, content_type="video/mp4")
    await site.work()
    assert time.monotonic() - started < 30
    status: dict[str, Any] = (await browser.api("GET", f"/videos/{upload['video_id']}/status")).json
    return status


def test_u17_table_has_25_files() -> None:
    assert len(NO_VIDEOS) >= 25


@pytest.mark.slow
@pytest.mark.parametrize("name", NO_VIDEOS)
async def test_u17_what_is_no_video_fails_with_its_reason(real_site: Site, tmp_path: Path, name: str) -> None:
    content = NO_VIDEOS[name]
    raw = (await make_odd(content, tmp_path)).read_bytes() if isinstance(content, str) else content
    status = await processed(real_site, await real_site.browser(await real_site.user()), name, raw)
    expected = OTHER_REASONS.get(name, Reason.UNSUPPORTED_FORMAT)
    assert (status["state"], status["failure"]["code"]) == ("failed", expected)
    assert status["failure"]["sentence"]
    assert not await Job.filter(state__in=[JobState.READY, JobState.RUNNING]).exclude(kind__in=LATER).exists()
    assert await keys_below(real_site.services.storage, StorageKey("videos")) == set()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["page", "archive", "page in a box"])
async def test_u17_video_that_is_something_else_too_is_only_a_video(real_site: Site, clip: bytes, kind: str) -> None:
    ada = await real_site.browser(await real_site.user())
    content = polyglot(kind, clip)
    status = await processed(real_site, ada, "both.html", content)
    assert (status["state"], status["failure"]) == ("published", None)
    keys = await keys_below(real_site.services.storage, StorageKey("videos"))
    assert keys
    for key in keys:
        stored = await content_of(real_site.services.storage, StorageKey(key))
        assert b"foreign bytes" not in stored
        assert b"PK\x03\x04" not in stored
    link = (await ada.api("GET", f"/videos/{status['video_id']}/original")).headers["Location"]
    original = await ask(real_site, "GET", link)
    assert original.body == content
    assert original.headers["content-type"] == "application/octet-stream"
    assert original.headers["content-disposition"].startswith("attachment")
    assert original.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in original.headers["content-security-policy"]
