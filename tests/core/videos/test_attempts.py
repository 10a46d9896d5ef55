"""Attempts that fail, die or are overtaken leave nothing behind (R-3)."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from structlog.typing import EventDict

from core.models import EncodedPart, Job, JobState, RenditionSet, Upload, Video
from core.storage import StorageKey, StoredObject
from core.testing.sending import keys_below
from core.testing.sites import Site
from core.transcoding import EncodedSet, MediaRejected, Reason
from core.videos.sweeping import files_of
from tests.core.videos.stages import run_only
from tests.core.videos.uploading import due
from tests.fakes.storage_memory import MemoryStorage
from tests.fakes.transcoder_instant import InstantTranscoder


async def objects(site: Site, video_id: str) -> set[str]:
    return await keys_below(site.services.storage, StorageKey(f"videos/{video_id}"))


async def named(site: Site) -> set[str]:
    """Return the keys that the rows of all sets name."""
    sets = await RenditionSet.all().prefetch_related("renditions")
    return {str(each.key(name)) for each in sets for name in files_of(each, list(each.renditions))}


async def test_failed_attempt_leaves_nothing_in_the_storage(
    site: Site, video_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def encode(*_: object) -> EncodedSet:
        raise MediaRejected(Reason.OUTPUT_LIMIT, "it grows")

    monkeypatch.setattr(site.services.transcoder, "encode", encode, raising=False)
    await site.work()
    await due(site, "videos.sweep_attempts")
    current = await RenditionSet.get()
    assert await objects(site, video_id) == await named(site)
    assert (current.growing, current.complete) == (False, False)
    assert list((site.services.settings.data_dir / "work").iterdir()) == []


async def test_attempt_that_died_half_way_is_swept_by_the_next(
    site: Site, video_id: str, monkeypatch: pytest.MonkeyPatch, logs: list[EventDict]
) -> None:
    put_file, stored = type(site.services.storage).put_file, []

    async def put_two_files(self: MemoryStorage, key: StorageKey, source: Path, *, content_type: str) -> StoredObject:
        answer = await put_file(self, key, source, content_type=content_type)
        stored.append(key)
        if len(stored) == 2:
            raise OSError("the network share is away")
        return answer

    monkeypatch.setattr(MemoryStorage, "put_file", put_two_files)
    await site.work()
    assert "attempts_swept" in [entry["event"] for entry in logs]
    assert await objects(site, video_id) == await named(site)
    logs.clear()


async def test_folder_of_an_attempt_that_was_killed_is_removed_by_the_next(site: Site, video_id: str) -> None:
    async with site.services.jobs.transaction() as work:
        probe = await Job.get(kind="videos.probe")
        payload = {**probe.payload, "run": probe.id}
        job = await work.enqueue("videos.copy", payload, subject=video_id, delay=100)
    leftover = site.services.settings.data_dir / "work" / f"{job.id}-7"
    leftover.mkdir(parents=True)
    await run_only(site, ["videos.probe"])
    await Job.filter(kind="videos.copy").exclude(id=job.id).delete()
    await Job.filter(id=job.id).update(run_at=datetime.now(UTC))
    await site.work()
    assert not leftover.exists()


@pytest.mark.parametrize("gone", ["original", "video"])
async def test_work_whose_video_or_original_is_gone_ends(
    site: Site, video_id: str, monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    encode = InstantTranscoder.encode

    async def overtaken(self: InstantTranscoder, *arguments: Any) -> EncodedSet:
        await Video.filter(id=video_id).update(deleted_at=datetime.now(UTC))
        return await encode(self, *arguments)

    monkeypatch.setattr(InstantTranscoder, "encode", overtaken)
    if gone == "original":
        await Upload.all().delete()
    await site.work()
    assert (await Job.get(state=JobState.FAILED)).error_code == "deleted"
    assert await RenditionSet.all().count() == (1 if gone == "video" else 0)
    assert await EncodedPart.all().count() == 0
