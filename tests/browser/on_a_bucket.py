"""A site whose objects are in a bucket, which its pages reach through a gateway that checks signatures and origins."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from core.testing.sites import Site, open_site
from tests.plugins.storage_s3.conftest import new_bucket
from tests.s3_gateway import Gateway, open_gateway

_PLUGINS = dict.fromkeys(["auth_email", "mail_file", "storage_s3", "transcode_ffmpeg", "catalog", "studio"])


@asynccontextmanager
async def a_site_on_a_bucket(folder: Path, store: str) -> AsyncIterator[tuple[Site, Gateway]]:
    """Open the site, and the gateway before a new bucket of the store. Jobs wait for `site.work()`."""
    async with open_gateway(store) as gateway:
        table = await new_bucket(gateway.store) | {"endpoint": gateway.url}
        async with open_site(folder, _PLUGINS, {"storage_s3": table}) as site:
            gateway.rules = replace(gateway.rules, origins=(site.url,))
            yield site, gateway
