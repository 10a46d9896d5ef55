"""A site may have several storages; it says at start when it is not clear which, or when one is missing."""

from pathlib import Path
from typing import Any

import pytest

from core.hooks import ProviderError
from core.settings import SettingsError
from core.storage import StorageError, StorageKey
from core.testing.sites import Site, open_site
from tests.conftest import EMBEDDED

ORIGINALS = StorageKey("originals")
CONTENT = bytes(range(256)) * 10
TWO = {"storage_memory": {"also": ["attic"]}}


def settings_with(primary: str) -> dict[str, Any]:
    """Return the settings of a site with two memories."""
    return {**TWO, "storage": {"primary": primary}}


async def test_new_objects_go_to_the_primary_storage(tmp_path: Path) -> None:
    async with open_site(tmp_path, EMBEDDED, settings_with("attic")) as site:
        studio = await site.browser(await site.user())
        await site.upload(studio, bytes(2000))

        assert [key async for key in site.services.storages["attic"].list(ORIGINALS)] != []
        assert [key async for key in site.services.storages["storage_memory"].list(ORIGINALS)] == []


async def test_each_video_is_read_from_where_its_row_says(tmp_path: Path) -> None:
    async with open_site(tmp_path, EMBEDDED, settings_with("attic")) as site:
        studio = await site.browser(await site.user())
        upload = await site.upload(studio, CONTENT)
        link = await studio.get(f"/api/v1/videos/{upload['video_id']}/original")
        assert link.headers["Location"].startswith("/attic/")
        assert (await studio.get(link.headers["Location"])).body == CONTENT


async def test_two_storages_without_a_choice_end_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"storage_memory and attic are storages: say with storage\.primary"):
        async with open_site(tmp_path, EMBEDDED, TWO):
            pass


async def test_unknown_primary_ends_the_start_and_names_the_others(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"storage\.primary = 'cellar' is no storage here.*storage_memory, attic"):
        async with open_site(tmp_path, EMBEDDED, settings_with("cellar")):
            pass


async def test_no_storage_ends_the_start(tmp_path: Path) -> None:
    plugins = {name: module for name, module in EMBEDDED.items() if name != "storage_memory"}
    with pytest.raises(ProviderError, match="no enabled plugin provides a storage"):
        async with open_site(tmp_path, plugins):
            pass


async def test_two_storages_of_one_name_end_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="two storages are named 'storage_memory', one of them by storage_memory"):
        async with open_site(tmp_path, EMBEDDED, {"storage_memory": {"also": ["storage_memory"]}}):
            pass


async def test_storage_that_holds_something_cannot_be_left_out(tmp_path: Path) -> None:
    async with open_site(tmp_path, EMBEDDED, settings_with("attic")) as site:
        await site.upload(await site.browser(await site.user()), bytes(2000))

    with pytest.raises(SettingsError, match="1 originals lie in 'attic', which no enabled plugin provides"):
        async with open_site(tmp_path, EMBEDDED):
            pass


async def test_unknown_storage_is_a_storage_error_that_says_what_to_do(site: Site) -> None:
    with pytest.raises(StorageError, match="no storage is named 'gone' here; there are storage_memory"):
        site.services.storages["gone"]
