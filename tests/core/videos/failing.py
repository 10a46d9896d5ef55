"""Files that cannot be processed, and what is said of them."""

from pathlib import Path
from typing import Any

import pytest

from core.testing.sites import Browser, Site
from core.transcoding import MediaInfo


async def status_of(browser: Browser, video_id: str) -> dict[str, Any]:
    status: dict[str, Any] = (await browser.api("GET", f"/videos/{video_id}/status")).json
    return status


def fail_probe(site: Site, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    async def probe(source: Path) -> MediaInfo:
        raise error

    monkeypatch.setattr(site.services.transcoder, "probe", probe, raising=False)
