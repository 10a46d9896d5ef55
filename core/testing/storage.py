"""The contract of a storage as tests: subclass it, say how to reach yours, and run pytest.

    class TestMyStorage(StorageContract):
        @pytest.fixture
        async def storage(self) -> AsyncIterator[Storage]:
            async with open_my_storage(…) as storage:      # empty, and closed when the test is over
                yield storage

        @pytest.fixture
        async def http(self, storage: Storage) -> AsyncIterator[StorageHttp]:
            async with ClientSession() as session:         # reaches whatever answers the storage's URLs
                yield StorageHttp(session, "http://127.0.0.1:8000")

A storage whose URLs are paths of the site needs its routes served at the base address, with a `services.gate` that lets
everything be read; one whose URLs are whole addresses needs nothing.
"""

import pytest

from core.storage import Level, Storage, StorageKey
from core.testing.checksums import ChecksumContract
from core.testing.objects import ObjectContract
from core.testing.sending import StorageHttp, keys_below
from core.testing.uploads import UploadContract

__all__ = ["StorageContract", "StorageHttp"]


class StorageContract(UploadContract, ChecksumContract, ObjectContract):
    """What every storage promises. Override nothing but the fixtures `storage`, `http` and perhaps `weaknesses`."""

    @pytest.fixture
    def weaknesses(self) -> set[str]:
        """What the check finds wrong, by the names of its findings, with the server that these tests run against."""
        return set()

    async def test_check_finds_what_is_wrong_and_nothing_else(
        self, storage: Storage, http: StorageHttp, weaknesses: set[str]
    ) -> None:
        findings = await storage.check(http.base_url)
        assert {found.what: found.detail for found in findings if found.level is Level.PASS}
        failed = {found.what: found.detail for found in findings if found.level is Level.FAIL}
        assert set(failed) == weaknesses, failed
        assert all(found.fix for found in findings if found.level is not Level.PASS)

    async def test_check_leaves_no_object_behind(self, storage: Storage, http: StorageHttp) -> None:
        await storage.check(http.base_url)
        assert [await keys_below(storage, StorageKey(root)) for root in ("originals", "videos")] == [set(), set()]
