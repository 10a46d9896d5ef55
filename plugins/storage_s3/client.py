"""The client of a bucket: how it connects, signs, waits and tries again."""

import base64
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession, get_session
from botocore.awsrequest import AWSRequest

from plugins.storage_s3.bucket import Bucket
from plugins.storage_s3.settings import BucketSettings

_CONNECTIONS = 32


@asynccontextmanager
async def open_bucket(settings: BucketSettings, table: str) -> AsyncIterator[tuple[Bucket, AioSession]]:
    """Open the client. It connects when there is work, so a store that is down keeps no site from starting."""
    session = get_session()
    if settings.access_key is not None and settings.secret_key is not None:
        session.set_credentials(settings.access_key, settings.secret_key.get_secret_value())
    async with session.create_client(
        "s3",
        region_name=settings.region,
        endpoint_url=settings.address if settings.endpoint else None,
        config=_config(settings),
    ) as client:
        client.meta.events.register("before-sign.s3.DeleteObjects", _add_content_md5)
        yield Bucket(client, settings, table), session


def _config(settings: BucketSettings) -> AioConfig:
    return AioConfig(
        signature_version="s3v4",
        s3={"addressing_style": "virtual" if settings.virtual else "path"},
        # Checksums that nobody asked for are refused by many stores, and sent in trailers that others do not read.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        connect_timeout=settings.connect_seconds,
        read_timeout=settings.silence_seconds,
        max_pool_connections=_CONNECTIONS,
        # Waits twice as long each time, by a random share of it.
        retries={"mode": "standard", "total_max_attempts": settings.attempts},
    )


def _add_content_md5(request: AWSRequest, **_: object) -> None:
    # S3 demands a digest here; botocore sends a CRC32, of which older stores know nothing.
    body = cast(bytes, request.body)  # the stubs say str; it is XML, encoded already
    digest = hashlib.md5(body, usedforsecurity=False).digest()
    request.headers["Content-MD5"] = base64.b64encode(digest).decode()
