"""Files that are a page to a browser that looks for one, whatever else they are."""

from pathlib import Path

from core.models import Video
from core.storage import StorageKey
from core.testing.sites import Site

PAGE = b"<!doctype html><title>still</title><script>document.title = 'ran'; fetch('/ran')</script><p>I am a page".ljust(
    1024
)
VIDEO_PAGE = (b"\0\0\0\x18ftypisom" + PAGE).ljust(1024)
"""Begins like an MP4, whose first box carries the markup."""


async def stored(site: Site, video: Video, name: str, content: bytes, folder: Path) -> str:
    """Store an object beside those of a public video, and return its address; `folder` takes a file for it."""
    assert video.current_set is not None
    (folder / "polyglot").write_bytes(content)
    key = StorageKey(video.current_set.prefix).child(name)
    await site.services.storage.put_file(key, folder / "polyglot", content_type="text/html")
    return site.services.storage.url(key, None)
