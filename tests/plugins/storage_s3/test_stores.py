"""One plugin, several buckets: each a storage with a name, an access and a bucket of its own."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from core.api import Settings, StorageError
from core.settings import CoreSettings
from core.testing.sending import content_of
from core.testing.sites import Site, open_site
from plugins import storage_s3
from plugins.storage_s3.settings import S3Settings
from tests.fakes import transcoder_instant
from tests.plugins.storage_s3.conftest import SEGMENT, new_bucket
from tests.s3_gateway import Gateway

pytestmark = pytest.mark.slow

PLUGINS = {"storage_s3": storage_s3, "transcoder_instant": transcoder_instant}


@pytest.fixture
async def table(gateway: Gateway, table: dict[str, Any]) -> dict[str, Any]:
    attic = await new_bucket(gateway.store) | {"endpoint": gateway.url, "attempts": 1}
    return table | {"also": {"attic": attic}}


@pytest.fixture
async def site(tmp_path: Path, table: dict[str, Any]) -> AsyncIterator[Site]:
    tables = {"storage_s3": table, "storage": {"primary": "attic"}}
    async with open_site(tmp_path / "data", PLUGINS, tables) as opened:
        yield opened


async def test_hook_storage_opens_every_bucket_under_its_name(site: Site, table: dict[str, Any]) -> None:
    storages = site.services.storages
    assert (list(storages), storages.primary.name) == (["storage_s3", "attic"], "attic")
    for name, bucket in (("storage_s3", table["bucket"]), ("attic", table["also"]["attic"]["bucket"])):
        assert f"/{bucket}/" in storages[name].url(SEGMENT, None)


async def test_objects_of_one_bucket_are_not_in_the_other(site: Site, tmp_path: Path) -> None:
    (tmp_path / "segment").write_bytes(b"segment")
    one, other = site.services.storages.values()
    await one.put_file(SEGMENT, tmp_path / "segment", content_type="video/mp4")
    assert await other.stat(SEGMENT) is None
    async with one.local_copy(SEGMENT) as path:
        await other.put_file(SEGMENT, path, content_type="video/mp4")
    await one.delete([SEGMENT])
    assert await content_of(other, SEGMENT) == b"segment"


async def test_pages_may_reach_the_origin_of_every_bucket(table: dict[str, Any], tmp_path: Path) -> None:
    table["also"]["attic"]["public_base_url"] = "https://attic.example"
    async with open_site(tmp_path / "data", PLUGINS, {"storage_s3": table, "storage": {"primary": "attic"}}) as opened:
        assert {table["endpoint"], "https://attic.example"} == set(opened.services.storages.browser_origins)


async def test_complaint_about_a_further_bucket_names_its_own_settings(table: dict[str, Any], tmp_path: Path) -> None:
    table["also"]["attic"] |= {"secret_key": "wrong"}
    own = S3Settings.model_validate(table)
    _, opening = storage_s3.storage(Settings(CoreSettings(data_dir=tmp_path), {"storage_s3": own}))
    async with opening as attic:
        with pytest.raises(StorageError, match=r"storage_s3\.also\.attic\.access_key"):
            await attic.open_upload(SEGMENT, size=10, part_size=10, content_type="video/mp4")
        [finding] = await attic.check("http://127.0.0.1:8000")
    assert "storage_s3.also.attic.access_key" in finding.detail
