"""A bucket that is part of the host's name takes uploads and is read as one that is part of the path."""

import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.api import ReadGrant
from core.testing.sending import Sender, StorageHttp, content_of, in_ten_minutes
from plugins.storage_s3.storage import S3Storage
from tests.plugins.storage_s3.conftest import ORIGINAL, StorageOpener
from tests.s3_gateway import Gateway

pytestmark = pytest.mark.slow


@pytest.fixture
def _resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every name below localhost lead here (RFC 6761), which not every system's resolver knows."""
    resolve = socket.getaddrinfo

    def resolving(host: Any, *rest: Any, **options: Any) -> Any:
        local = isinstance(host, str) and host.endswith(".localhost")
        return resolve("127.0.0.1" if local else host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolving)


@pytest.fixture
async def storage(_resolver: None, open_s3: StorageOpener, gateway: Gateway) -> AsyncIterator[S3Storage]:
    endpoint = gateway.url.replace("127.0.0.1", "localhost")
    async with open_s3(endpoint=endpoint, addressing="virtual") as opened:
        yield opened


async def test_upload_and_reads_find_the_bucket_by_its_host(
    storage: S3Storage, sender: Sender, http: StorageHttp, gateway: Gateway
) -> None:
    await sender.send(1, 2, 3, declared=True)
    assert await sender.received() == [1, 2, 3]
    assert (await storage.complete_upload(sender.target)).size == sender.target.size
    assert await content_of(storage, ORIGINAL) == sender.content
    link = storage.url(ORIGINAL, ReadGrant(ORIGINAL, "1.owner", in_ten_minutes()))
    assert await http.get(link) == (200, sender.content)
    assert (await http.get(storage.links.plain(ORIGINAL)))[0] == 403
    port = gateway.url.rpartition(":")[2]
    assert {headers["Host"] for _, headers in gateway.headers} == {f"{storage.bucket.name}.localhost:{port}"}
    assert set(gateway.seen) == {
        *{"CreateMultipartUpload", "UploadPart", "ListParts", "CompleteMultipartUpload", "HeadObject", "GetObject"}
    }


async def test_store_of_virtual_hosts_passes_the_check(storage: S3Storage, gateway: Gateway) -> None:
    gateway.rules = type(gateway.rules)(origins=("https://video.example",))
    found = await storage.check("https://video.example")
    assert [each for each in found if each.level != "pass"] == []
