"""What is in the storages and knows no row, and rows whose objects are not there."""

import os
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Collection
from datetime import UTC, datetime
from pathlib import Path

from core.models import Job, JobState, RenditionSet, StorageCopy, Upload, UploadState
from core.services import Services
from core.storage import Storage, StorageKey
from plugins.storage_disk.storage import DiskStorage
from plugins.storage_s3.forgotten import abort_forgotten
from plugins.storage_s3.storage import S3Storage

_UNFINISHED = (JobState.READY, JobState.RUNNING)
_ROUNDS = 20


async def sweep(services: Services) -> None:
    """Run every job there is, however late it is due, and let the storages sweep as if days had passed."""
    for _ in range(_ROUNDS):
        if not await Job.filter(state__in=_UNFINISHED).exists():
            break
        await wake(*_UNFINISHED)
        await services.worker().drain()
    else:
        left = await Job.filter(state__in=_UNFINISHED).values("kind", "attempts", "error_detail")
        raise AssertionError(f"jobs that do not end: {left}")
    for storage in services.storages.values():
        if isinstance(storage, DiskStorage):
            root = _root(storage)
            _make_old(root / ".uploads", root / ".scratch")
            storage.prepare()
        elif isinstance(storage, S3Storage):
            await abort_forgotten(storage.bucket, 0)
            _make_old(services.settings.data_dir / "storage_s3")
            await storage.prepare()


async def wake(*states: JobState, kinds: Collection[str] = ()) -> None:
    """Make jobs due now, of these kinds only if any, and what they wait for; a process that ran one is dead."""
    await StorageCopy.all().update(keep_until=datetime.now(UTC), lease_until=None)
    jobs = Job.filter(state__in=states, **{"kind__in": list(kinds)} if kinds else {})
    await jobs.update(state=JobState.READY, run_at=datetime.now(UTC), lease_until=None)


def _make_old(*folders: Path) -> None:
    for folder in folders:
        for entry in folder.iterdir():
            os.utime(entry, (0, time.time() - 30 * 86400))


async def leftovers(services: Services) -> list[str]:
    """Return whatever no row knows: objects, parts, uploads, drafts, copies, work folders."""
    known = await _known()
    left = [
        f"{storage.name}: {found}"
        for storage in services.storages.values()
        async for found in _everything(storage)
        if not any(found == key or found.startswith(f"{key}/") for key in known[storage.name])
    ]
    folders = [services.settings.data_dir / name for name in ("work", "storage_s3")]
    return left + [str(path) for folder in folders if folder.is_dir() for path in folder.iterdir()]


async def _known() -> dict[str, set[str]]:
    """Return the keys and prefixes that rows know, by storage."""
    known: dict[str, set[str]] = defaultdict(set)
    for upload in await Upload.all():
        known[upload.storage].add(upload.key if upload.state is UploadState.ACCEPTED else upload.storage_upload_id)
    for found in await RenditionSet.all():
        known[found.storage].add(found.prefix)
    for copy in await StorageCopy.all():
        known[copy.storage].add(copy.prefix)
    return known


async def _everything(storage: Storage) -> AsyncIterator[str]:
    if isinstance(storage, DiskStorage):
        root = _root(storage)
        for path in root.rglob("*"):
            if path.is_file():
                yield path.relative_to(root).as_posix().removeprefix(".uploads/")
    elif isinstance(storage, S3Storage):
        client, bucket = storage.bucket.client, storage.bucket.name
        for item in (await client.list_objects_v2(Bucket=bucket)).get("Contents", []):
            yield item["Key"]
        for upload in (await client.list_multipart_uploads(Bucket=bucket)).get("Uploads", []):
            yield upload["UploadId"]


def _root(storage: DiskStorage) -> Path:
    return storage.objects.path(StorageKey("x")).parent


async def missing(services: Services) -> list[str]:
    """Return objects that rows know and no storage has whole."""
    gone = []
    for upload in await Upload.filter(state=UploadState.ACCEPTED):
        found = await services.storages[upload.storage].stat(StorageKey(upload.key))
        if found is None or found.size != upload.size:
            gone.append(f"{upload.storage}: {upload.key} is {found}")
    for kept in await RenditionSet.all().prefetch_related("renditions"):
        listed = {
            found.key: found.size async for found in services.storages[kept.storage].list(StorageKey(kept.prefix))
        }
        for rendition in kept.renditions:
            wanted = {f"{kept.prefix}/{name}": size for name, _, size in rendition.segments}
            gone += [f"{kept.storage}: {key}" for key, size in wanted.items() if listed.get(StorageKey(key)) != size]
    return gone
