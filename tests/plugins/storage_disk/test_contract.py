"""Files on disk keep the contract of a storage, and so does the storage in memory that other tests use."""

from collections.abc import AsyncIterator

import pytest

from core.api import Signer, Storage
from core.testing.storage import StorageContract, StorageHttp
from tests.fakes import storage_memory
from tests.fakes.storage_memory import MemoryStorage
from tests.plugins.storage_disk.conftest import Serve


class TestDiskStorage(StorageContract):
    """With the fixtures of this folder."""


class TestMemoryStorage(StorageContract):
    @pytest.fixture
    async def storage(self, signer: Signer) -> MemoryStorage:
        return MemoryStorage(signer)

    @pytest.fixture
    async def http(self, serve: Serve, storage: Storage) -> AsyncIterator[StorageHttp]:
        async with serve(storage_memory, storage) as http:
            yield http
