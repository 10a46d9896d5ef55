"""A bucket of its own for each test: behind a gateway that checks signatures, or on rclone."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiobotocore.session import AioSession, get_session
from aiohttp import ClientSession

from core.api import Settings, Storage, StorageKey
from core.models import Role
from core.settings import CoreSettings, JobSettings
from core.testing.sending import Sender, StorageHttp
from core.testing.sites import Browser, Site, open_site
from plugins import storage_s3
from plugins.storage_s3.settings import S3Settings
from plugins.storage_s3.storage import S3Storage, open_storage
from tests.fakes import transcoder_instant
from tests.s3_gateway import Gateway, open_gateway
from tests.s3_servers import ACCESS_KEY, SECRET_KEY

MIB = 1024**2
SET = StorageKey("videos/0video/0set-1")
SEGMENT = SET.child("720p_00001.m4s")
ORIGINAL = StorageKey("originals/0video0000000000/0upload0000000000000000000")

SITE_PLUGINS = {
    "auth_email": None,
    "mail_file": None,
    "storage_s3": storage_s3,
    "transcoder_instant": transcoder_instant,
    "catalog": None,
    "studio": None,
}

StorageOpener = Callable[..., AbstractAsyncContextManager[S3Storage]]


@cache
def _session() -> AioSession:
    """Return the session of every bucket's maker: botocore reads its descriptions of S3 once for each."""
    session = get_session()
    session.set_credentials(ACCESS_KEY, SECRET_KEY)
    return session


async def new_bucket(store: str) -> dict[str, Any]:
    """Make an empty bucket and return the settings that lead to it."""
    name = f"media-{uuid4().hex[:12]}"
    async with _session().create_client("s3", region_name="us-east-1", endpoint_url=store) as client:
        await client.create_bucket(Bucket=name)
    return {"bucket": name, "endpoint": store, "access_key": ACCESS_KEY, "secret_key": SECRET_KEY}


@pytest.fixture
async def gateway(moto_url: str) -> AsyncIterator[Gateway]:
    """A strict store, until a test makes it otherwise."""
    async with open_gateway(moto_url) as opened:
        yield opened


@pytest.fixture
async def table(gateway: Gateway) -> dict[str, Any]:
    """The table [storage_s3] for a bucket behind the gateway."""
    return await new_bucket(gateway.store) | {"endpoint": gateway.url, "put_part_size": 5 * MIB, "attempts": 8}


@pytest.fixture
def open_s3(tmp_path: Path, table: dict[str, Any]) -> StorageOpener:
    """Open the storage, with other settings than the usual ones where some are given."""

    @asynccontextmanager
    async def opening(**changes: object) -> AsyncIterator[S3Storage]:
        own = S3Settings.model_validate(table | changes)
        core = CoreSettings(data_dir=tmp_path / "data", jobs=JobSettings(min_free_bytes=0))
        async with open_storage(Settings(core, {"storage_s3": own})) as storage:
            yield storage

    return opening


@pytest.fixture
async def storage(open_s3: StorageOpener) -> AsyncIterator[S3Storage]:
    async with open_s3() as opened:
        yield opened


@pytest.fixture
async def http(table: dict[str, Any]) -> AsyncIterator[StorageHttp]:
    async with ClientSession() as session:
        yield StorageHttp(session, str(table["endpoint"]))


@pytest.fixture
async def sender(storage: Storage, http: StorageHttp) -> Sender:
    """An open upload of two parts of 5 MiB and one of 1,000 bytes, of which nothing was sent yet."""
    size = 2 * storage.minimum_part_size + 1000
    target = await storage.open_upload(
        ORIGINAL, size=size, part_size=storage.minimum_part_size, content_type="video/mp4"
    )
    return Sender(storage, http, target)


@pytest.fixture
async def site(tmp_path: Path, table: dict[str, Any]) -> AsyncIterator[Site]:
    async with open_site(tmp_path / "data", SITE_PLUGINS, {"storage_s3": table}) as opened:
        yield opened


@pytest.fixture
async def creator(site: Site) -> Browser:
    return await site.browser(await site.user("ada", Role.CREATOR))
