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

from core.testing.objects import ObjectContract
from core.testing.sending import StorageHttp
from core.testing.uploads import UploadContract

__all__ = ["StorageContract", "StorageHttp"]


class StorageContract(UploadContract, ObjectContract):
    """What every storage promises. Override nothing but the fixtures `storage` and `http`."""
