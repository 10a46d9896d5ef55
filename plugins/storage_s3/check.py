"""Prove a configured store before it is trusted: what it does for browsers, and what it refuses to everybody else."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp

from core.api import (
    Finding,
    Level,
    ObjectMissing,
    Storage,
    StorageError,
    StorageKey,
    UploadTarget,
    composite,
    content_type_of,
    finding,
)
from plugins.storage_s3.check_browsers import check_cors, check_reading
from plugins.storage_s3.check_integrity import check_integrity
from plugins.storage_s3.check_refusals import check_anonymous, check_links
from plugins.storage_s3.links import Links
from plugins.storage_s3.objects import sha256_of
from plugins.storage_s3.probe import CONTENT, Probe, open_probe
from plugins.storage_s3.uploads import MINIMUM_PART

_CHECKS: tuple[tuple[str, Callable[[Probe], Awaitable[list[Finding]]]], ...] = (
    ("signed links", check_links),
    ("reading", check_reading),
    ("CORS", check_cors),
    ("anonymous access", check_anonymous),
    ("integrity", check_integrity),
)


async def check_store(storage: Storage, links: Links, base_url: str) -> list[Finding]:
    """Try everything that the site relies on; `base_url` is the site's own address. Leaves nothing in the bucket."""
    async with open_probe(storage, links, base_url) as probe:
        reached = await _guarded("bucket", _check_bucket, probe)
        if any(each.level is Level.FAIL for each in reached):
            return reached
        found = [*reached, *await _guarded("multipart upload", _check_multipart, probe)]
        try:
            if all(each.level is not Level.FAIL for each in found):
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
        endpoints = f"Look at {probe.setting('endpoint')} and public_endpoint, and at what stands before the store."
        return [Finding(Level.FAIL, what, f"no answer: {type(error).__name__} {error}", endpoints)]


async def _check_bucket(probe: Probe) -> list[Finding]:
    bucket = probe.bucket
    try:
        async with bucket.asking("the bucket"):
            await bucket.client.head_bucket(Bucket=bucket.name)
    except ObjectMissing:
        fix = f"Create it, or correct {probe.setting('bucket')} and {probe.setting('endpoint')}."
        return [Finding(Level.FAIL, "bucket", f"there is no bucket {bucket.name} at {bucket.settings.address}", fix)]
    return [Finding(Level.PASS, "bucket", f"{bucket.settings.bucket_url} is there, and lets us in")]


async def _check_multipart(probe: Probe) -> list[Finding]:
    """Send an original as a browser does, and store a segment as a worker does."""
    storage = probe.storage
    target = await storage.open_upload(probe.original, size=len(CONTENT), part_size=MINIMUM_PART, content_type="")
    try:
        for number in range(1, target.parts + 1):
            body = _part(target, number)
            sent = await probe.send(await probe.part(target, number, declared=body), body)
            if sent.status != 200:
                fix = (
                    "Allow what the plugin's README lists to the access key; 301 or 400 can mean another "
                    f"{probe.setting('region')}, or a store that knows no checksums: set "
                    f'{probe.setting("checksums")} = "md5".'
                )
                return [Finding(Level.FAIL, "multipart upload", f"part {number} was answered with {sent.code}", fix)]
        stored = await storage.complete_upload(target)
    except BaseException:
        await storage.abort_upload(target)
        raise
    same = b"".join([chunk async for chunk in storage.read(probe.original)]) == CONTENT
    await _store_segment(probe)
    detail = f"{target.parts} parts went in by signed links and came out {'the same' if same else 'changed'}"
    found = [finding("multipart upload", detail, good=same, fix="Do not use this store: it loses bytes.")]
    return found + ([_check_whole(probe, target, stored.checksum)] if storage.part_checksums else [])


def _part(target: UploadTarget, number: int) -> bytes:
    start = (number - 1) * target.part_size
    return CONTENT[start : start + target.part_length(number)]


def _check_whole(probe: Probe, target: UploadTarget, checksum: str | None) -> Finding:
    right = composite([sha256_of(_part(target, number)) for number in range(1, target.parts + 1)])
    detail = f"the store says {checksum or 'nothing'} of {target.parts} parts that were declared"
    fix = f'The store does not keep checksums: set {probe.setting("checksums")} = "md5".'
    return finding("checksum of the whole", detail, good=checksum == right, fix=fix, otherwise=Level.WARN)


async def _store_segment(probe: Probe) -> None:
    with tempfile.NamedTemporaryFile() as file:
        await asyncio.to_thread(Path(file.name).write_bytes, CONTENT[:5000])
        content_type = content_type_of(probe.segment)
        await probe.storage.put_file(probe.segment, Path(file.name), content_type=content_type)


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
