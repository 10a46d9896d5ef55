"""Whole sites that keep files on a disk: one with every page for watching, and one with an upload under way."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from core.testing.sites import Browser, Site, open_site
from tests.conftest import EMBEDDED
from tests.core.videos.uploading import NEW
from tests.threats.on_disk import PLUGINS, SETTINGS


@pytest.fixture
async def disk_site(tmp_path: Path) -> AsyncIterator[Site]:
    """A site with every page, on files."""
    pages = {name: module for name, module in EMBEDDED.items() if name != "storage_memory"}
    async with open_site(tmp_path / "data", {**pages, "storage_disk": None}, SETTINGS) as opened:
        yield opened


@pytest.fixture
async def disk(tmp_path: Path) -> AsyncIterator[Site]:
    """A site on files with nothing but uploads, in parts of a kilobyte."""
    async with open_site(tmp_path / "data", PLUGINS, SETTINGS) as opened:
        yield opened


@pytest.fixture
async def ada(disk: Site) -> Browser:
    """The browser of a creator on the site of uploads."""
    return await disk.browser(await disk.user("ada"))


@pytest.fixture
async def upload(ada: Browser) -> dict[str, Any]:
    """An open upload of hers: two parts of a kilobyte, and one of 500 bytes."""
    created = await ada.api("POST", "/uploads", NEW)
    assert created.status == 201, created.text
    opened: dict[str, Any] = created.json
    return opened
