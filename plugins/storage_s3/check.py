"""Prove a configured store before it is trusted: what it does for browsers, and what it refuses to everybody else."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp

from core.api import ObjectMissing, StorageError, StorageKey, content_type_of
from plugins.storage_s3.check_browsers import check_cors, check_reading
from plugins.storage_s3.check_refusals import check_anonymous, check_integrity, check_links
from plugins.storage_s3.findings import Finding, Level, finding
from plugins.storage_s3.probe import CONTENT, Probe, open_probe
from plugins.storage_s3.storage import S3Storage
from plugins.storage_s3.uploads import MINIMUM_PART

_ENDPOINTS = "Look at storage_s3.endpoint and public_endpoint, and at what stands between here and the store."
_CHECKS: tuple[tuple[str, Callable[[Probe], Awaitable[list[Finding]]]], ...] = (
    ("signed links", check_links),
    ("reading", check_reading),
    ("CORS", check_cors),
    ("anonymous access", check_anonymous),
    ("integrity", check_integrity),
)


async def check_store(storage: S3Storage, base_url: str) -> list[Finding]:
    """Try everything that the site relies on; `base_url` is the site's own address. Leaves nothing in the bucket."""
    async with open_probe(storage, base_url) as probe:
        reached = await _guarded("bucket", _check_bucket, probe)
        if any(each.level is Level.FAIL for each in reached):
            return reached
        found = [*reached, *await _guarded("multipart upload", _check_multipart, probe)]
        try:
            if found[-1].level is Level.PASS:
                for what, check in _CHECKS:
                    found += await _guarded(what, check, probe)
        finally:
            found += await _guarded("delete", _check_delete, probe)
        return found


async def _guarded(what: str, check: Callable[[Probe], Awaitable[list[Finding]]], probe: Probe) -> list[Finding]:
    try:
        return await check(probe)
    except StorageError as error:
        return [Finding(Level.FAIL, what, str(error), "See the message.")]
    except (aiohttp.ClientError, TimeoutError) as error:
        return [Finding(Level.FAIL, what, f"no answer: {type(error).__name__} {error}", _ENDPOINTS)]


async def _check_bucket(probe: Probe) -> list[Finding]:
    bucket = probe.storage.bucket
    try:
        with bucket.errors("the bucket"):
            await bucket.client.head_bucket(Bucket=bucket.name)
    except ObjectMissing:
        fix = "Create it, or correct storage_s3.bucket and storage_s3.endpoint."
        return [Finding(Level.FAIL, "bucket", f"there is no bucket {bucket.name} at {bucket.settings.endpoint}", fix)]
    return [Finding(Level.PASS, "bucket", f"{bucket.settings.bucket_url} is there, and lets us in")]


async def _check_multipart(probe: Probe) -> list[Finding]:
    """Send an original as a browser does, and store a segment as a worker does."""
    storage = probe.storage
    fix = "Allow what the plugin's README lists to the access key; 301 or 400 can mean another storage_s3.region."
    target = await storage.open_upload(probe.original, size=len(CONTENT), part_size=MINIMUM_PART, content_type="")
    try:
        for number in range(1, target.parts + 1):
            start = (number - 1) * MINIMUM_PART
            body = CONTENT[start : start + target.part_length(number)]
            sent = await probe.ask("PUT", await probe.part_url(target, number), body=body)
            if sent.status != 200:
                return [Finding(Level.FAIL, "multipart upload", f"part {number} was answered with {sent.code}", fix)]
        await storage.complete_upload(target)
    except BaseException:
        await storage.abort_upload(target)
        raise
    same = b"".join([chunk async for chunk in storage.read(probe.original)]) == CONTENT
    with tempfile.NamedTemporaryFile() as file:
        await asyncio.to_thread(Path(file.name).write_bytes, CONTENT[:5000])
        content_type = content_type_of(probe.segment)
        await storage.put_file(probe.segment, Path(file.name), content_type=content_type)
    detail = f"{target.parts} parts went in by signed links and came out {'the same' if same else 'changed'}"
    return [finding("multipart upload", detail, good=same, fix="Do not use this store: it loses bytes.")]


async def _check_delete(probe: Probe) -> list[Finding]:
    await probe.storage.delete([key async for key in _left(probe)])
    left = [str(key) async for key in _left(probe)]
    detail = f"still there: {', '.join(left)}" if left else "the objects of this check are gone"
    fix = "Allow s3:DeleteObject to the access key, and turn off object lock."
    return [finding("delete", detail, good=not left, fix=fix)]


async def _left(probe: Probe) -> AsyncIterator[StorageKey]:
    for key in (probe.original, probe.segment):
        async for found in probe.storage.list(StorageKey(key.rpartition("/")[0])):
            yield found.key
