"""U-16: nobody makes work out of tiny pieces: the server says how long each part is, and nothing is empty.

The row asks for 422 where a part of one byte has more behind it. Here its link is signed for the part's whole length,
so that it is refused as too short (400) before its byte is read, and the upload that lacks it is the 422.
"""

from typing import Any

import pytest

from core.models import Upload
from core.testing.sites import Browser, Site, open_site
from tests.core.videos.uploading import NEW, PART, complete
from tests.threats.on_disk import PLUGINS, SETTINGS, ask, link_of, received

MIB, GIB = 1024**2, 1024**3


async def test_u16_empty_file_is_refused(ada: Browser) -> None:
    answer = await ada.api("POST", "/uploads", {**NEW, "size": 0})
    assert (answer.status, answer.json["code"]) == (422, "empty_file")
    assert not await Upload.exists()


@pytest.mark.parametrize("size", [1, 1023])
async def test_u16_file_under_a_kilobyte_is_refused(ada: Browser, size: int) -> None:
    answer = await ada.api("POST", "/uploads", {**NEW, "size": size})
    assert (answer.status, answer.json["code"]) == (422, "file_too_small")
    assert not await Upload.exists()
    assert (await ada.api("POST", "/uploads", {**NEW, "size": 1024})).status == 201


@pytest.mark.parametrize("number", [1, 2])
async def test_u16_part_of_one_byte_is_none_while_more_follow(
    disk: Site, ada: Browser, upload: dict[str, Any], number: int
) -> None:
    assert (await ask(disk, "PUT", await link_of(ada, upload, number), b"x")).status == 400
    assert await received(ada, upload) == []
    assert (await complete(ada, upload)).status == 422


@pytest.mark.parametrize("field", ["part_size", "parts"])
async def test_u16_client_does_not_choose_how_many_parts(ada: Browser, field: str) -> None:
    assert (await ada.api("POST", "/uploads", {**NEW, field: 1})).status == 422


async def test_u16_only_the_last_part_is_short(disk: Site, ada: Browser) -> None:
    upload = (await ada.api("POST", "/uploads", {**NEW, "size": PART + 1})).json
    assert (upload["part_size"], upload["parts"]) == (PART, 2)
    assert (await ask(disk, "PUT", await link_of(ada, upload, 2), b"x")).status == 200
    assert (await ask(disk, "PUT", await link_of(ada, upload, 1), bytes(PART))).status == 200
    assert (await complete(ada, upload)).status == 200


async def test_u16_parts_of_a_site_as_it_comes_have_at_least_5_mib(tmp_path: Any) -> None:
    settings = {name: table for name, table in SETTINGS.items() if name != "uploads"}
    async with open_site(tmp_path / "data", PLUGINS, settings) as site:
        ada = await site.browser(await site.user("ada"))
        upload = (await ada.api("POST", "/uploads", {**NEW, "size": 100 * MIB})).json
        assert upload["part_size"] >= 5 * MIB
        assert upload["parts"] <= 20
