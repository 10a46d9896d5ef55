"""A bucket keeps the contract of a storage: on moto behind the gateway, and on rclone, which checks signatures."""

from typing import Any

import pytest

from core.testing.storage import StorageContract
from tests.plugins.storage_s3.conftest import new_bucket

pytestmark = pytest.mark.slow


class TestS3BehindTheGateway(StorageContract):
    """With the fixtures of this folder; every request's signature is checked."""


class TestS3OnRclone(StorageContract):
    """It answers ranges with the whole object, and overwrites what it was asked not to."""

    @pytest.fixture
    async def table(self, rclone_url: str) -> dict[str, Any]:
        return await new_bucket(rclone_url) | {"checksums": "md5"}


class TestS3InAFolderOfTheBucket(StorageContract):
    """And on a store that knows neither conditions nor checksums."""

    @pytest.fixture
    async def table(self, table: dict[str, Any]) -> dict[str, Any]:
        return table | {"prefix": "site-2", "conditional_writes": False, "checksums": "none"}
