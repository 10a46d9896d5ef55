"""U-4: a part is as long as its link says, and known to be so before its body is read.

A browser's Content-Type plays no part: originals are kept as they come and never shown (P-7).
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from core.testing.sites import Browser, Site, open_site
from tests.core.videos.uploading import NEW
from tests.threats.on_disk import PLUGINS, SETTINGS, ask, link_of, received, wire_to

MIB = 1024**2


@pytest.fixture
async def disk(tmp_path: Path) -> AsyncIterator[Site]:
    """Its parts have 5 MiB."""
    limits = {"part_size": 5 * MIB, "max_size": 100 * MIB}
    async with open_site(tmp_path / "data", PLUGINS, {**SETTINGS, "uploads": limits}) as opened:
        yield opened


@pytest.fixture
async def upload(ada: Browser) -> dict[str, Any]:
    opened: dict[str, Any] = (await ada.api("POST", "/uploads", {**NEW, "size": 6 * MIB})).json
    return opened


@pytest.mark.parametrize("length", [5 * MIB + 1, 6 * MIB, 10**15])
async def test_u4_longer_part_is_refused_before_its_body(
    disk: Site, ada: Browser, upload: dict[str, Any], length: int
) -> None:
    async with wire_to(disk) as wire:
        await wire.request("PUT", await link_of(ada, upload), content_length=length)
        assert (await wire.answer()).status == 413
    assert await received(ada, upload) == []


async def test_u4_longer_body_than_announced_is_no_part_of_it(disk: Site, ada: Browser, upload: dict[str, Any]) -> None:
    async with wire_to(disk) as wire:
        await wire.request("PUT", await link_of(ada, upload, 2), content_length=MIB, expect="100-continue")
        await wire.send(bytes(MIB) + b"x" * 65_536)
        assert (await wire.answer()).status in (100, 200)
    path = next((disk.services.settings.data_dir / "media" / ".uploads").rglob("data"))
    assert path.stat().st_size == 6 * MIB
    assert b"x" not in path.read_bytes()


async def test_u4_shorter_part_is_refused_before_its_body(disk: Site, ada: Browser, upload: dict[str, Any]) -> None:
    for length in (0, 1, 5 * MIB - 1):
        async with wire_to(disk) as wire:
            await wire.request("PUT", await link_of(ada, upload), content_length=length)
            assert (await wire.answer()).status == 400
    assert await received(ada, upload) == []


async def test_u4_part_cut_short_is_absent_and_can_be_sent_again(
    disk: Site, ada: Browser, upload: dict[str, Any]
) -> None:
    link = await link_of(ada, upload)
    async with wire_to(disk) as wire:
        await wire.request("PUT", link, content_length=5 * MIB)
        await wire.send(bytes(4 * MIB))
        wire.cut()
    assert await received(ada, upload) == []
    async with asyncio.timeout(30):
        while (again := await ask(disk, "PUT", link, bytes(5 * MIB))).status == 409:  # the cut is not noticed yet
            assert again.headers["retry-after"]
    assert (again.status, await received(ada, upload)) == (200, [1])


async def test_u4_part_without_a_length_is_refused(disk: Site, ada: Browser, upload: dict[str, Any]) -> None:
    async with wire_to(disk) as wire:
        await wire.request("PUT", await link_of(ada, upload), transfer_encoding="chunked")
        assert (await wire.answer()).status == 411
    assert await received(ada, upload) == []


async def test_u4_compressed_part_is_refused(disk: Site, ada: Browser, upload: dict[str, Any]) -> None:
    async with wire_to(disk) as wire:
        await wire.request("PUT", await link_of(ada, upload), content_length=5 * MIB, content_encoding="gzip")
        assert (await wire.answer()).status == 415
    assert await received(ada, upload) == []
