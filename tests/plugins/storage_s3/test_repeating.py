"""Upkeep goes on after a failure, says that it failed, and ends with the site."""

import asyncio
import sys

import pytest
from structlog.testing import capture_logs

from core.api import StorageError
from plugins.storage_s3.presign import Credentials
from plugins.storage_s3.repeating import repeating
from plugins.storage_s3.storage import S3Storage
from tests.plugins.storage_s3.conftest import StorageOpener


async def test_upkeep_that_failed_is_tried_again_and_stops_with_its_context() -> None:
    done, calls = asyncio.Event(), list[int]()

    async def tidy() -> None:
        calls.append(len(calls))
        if len(calls) == 1:
            raise StorageError("the store is away")
        done.set()

    with capture_logs() as logs:
        async with repeating(tidy, every=0.01):
            await asyncio.wait_for(done.wait(), 5)
    seen = len(calls)
    await asyncio.sleep(0.05)  # nothing may come any more, so there is nothing to wait for
    assert len(calls) == seen
    assert [(log["action"], log["detail"]) for log in logs] == [("tidy", "the store is away")]


async def test_credentials_are_renewed_while_the_site_runs(
    open_s3: StorageOpener, monkeypatch: pytest.MonkeyPatch
) -> None:
    # By name: in the package, `storage` is the hook.
    monkeypatch.setattr(sys.modules[S3Storage.__module__], "_RENEW_SECONDS", 0.01)
    async with open_s3() as storage:
        storage.presigner.credentials = old = Credentials("OLD", "old", "token")
        async with asyncio.timeout(20):
            while storage.presigner.credentials == old:
                await asyncio.sleep(0.01)
        assert storage.presigner.credentials.access_key == storage.bucket.settings.access_key
