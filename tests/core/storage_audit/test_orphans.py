"""Objects of no row are found and deleted, and nothing else is, whatever the site does meanwhile."""

import tracemalloc
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from core.models import CopyState, Job, JobState, RenditionSet, StorageCopy, Upload, Video
from core.storage import StorageError, StorageKey, StoredObject
from core.storage_audit import Kind, Tally, orphans
from core.testing.sites import Browser, Site
from tests.core.storage_audit.conftest import Look
from tests.core.videos.uploading import NEW
from tests.fakes.storage_memory import MemoryStorage
from tests.fakes.transcoder_instant import instant_video

LEFT = {
    "original": ["originals/0000000000000000/00000000000000000000000000"],
    "set": ["videos/0000000000000000/1111111111111111-1/a.m4s", "videos/0000000000000000/1111111111111111-1/b.m4s"],
    "moved set": ["videos/0000000000000000/22222222222222222222222222/a.m4s"],
    "deeper": ["videos/0000000000000000/1111111111111111-1/x/y/z.m4s"],
    "shallow": ["videos/stray.txt", "originals/stray.txt"],
}


@pytest.mark.parametrize("name", LEFT)
async def test_object_without_a_row_is_found_and_deleted_r_25(
    look: Look, memory: MemoryStorage, attic: MemoryStorage, video: Video, name: str
) -> None:
    before = dict(memory.objects)
    for storage in (memory, attic):
        storage.objects |= dict.fromkeys(LEFT[name], b"12345")
    found = await look()
    assert {each.kind for each in found} == {Kind.ORPHANS}
    assert sorted(key for each in found for key in each.keys) == sorted(2 * LEFT[name])
    assert sum(each.size for each in found) == 10 * len(LEFT[name])
    assert all(each.repaired for each in await look(mend=True))
    assert (memory.objects, attic.objects) == (before, {})


async def test_same_key_in_another_storage_is_an_orphan_there(
    look: Look, memory: MemoryStorage, attic: MemoryStorage, video: Video
) -> None:
    attic.objects |= memory.objects
    before = dict(memory.objects)
    found = await look(mend=True)
    assert {(each.kind, each.storage) for each in found} == {(Kind.ORPHANS, "attic")}
    assert (attic.objects, memory.objects) == ({}, before)


async def test_what_is_under_way_is_no_orphan(
    site: Site, studio: Browser, look: Look, memory: MemoryStorage, video: Video
) -> None:
    upload = (await studio.api("POST", "/uploads", NEW)).json
    memory.objects[(await Upload.get(id=upload["id"])).key] = b"completed, not yet accepted"
    async with site.services.jobs.transaction() as work:
        ready = await work.enqueue("videos.chunk", {"upload": "x", "run": "y" * 16}, subject=video.id, delay=100)
        swept = await work.enqueue(
            "videos.sweep_attempts", {"upload": "x", "run": "z" * 16}, subject=video.id, delay=100
        )
    for attempt in (f"{'y' * 16}/{ready.id}-1", f"{'y' * 16}/{ready.id}-2", f"{'z' * 16}/{swept.id}-1"):
        memory.objects[f"videos/{video.id}/{attempt}/a.m4s"] = b"1"
    assert await look(mend=True) == []
    await Job.filter(id__in=[ready.id, swept.id]).update(state=JobState.CANCELLED)
    assert len(await look()) == 2


@pytest.mark.parametrize("state", CopyState)
async def test_copy_that_a_move_has_registered_is_no_orphan(
    look: Look, attic: MemoryStorage, video: Video, state: CopyState
) -> None:
    for key in ("originals/0000000000000000/x", "videos/0000000000000000/y"):
        now = datetime.now(UTC)
        await StorageCopy.create(asset="x", storage="attic", prefix=key, keep_until=now, state=state)
    attic.objects |= {"originals/0000000000000000/x": b"1", "videos/0000000000000000/y/a.m4s": b"1"}
    assert await look(mend=True) == []
    await StorageCopy.all().delete()
    assert len(await look(mend=True)) == 2


async def test_upload_that_arrives_while_it_lists_is_no_orphan(
    site: Site, studio: Browser, look: Look, video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = MemoryStorage.list

    async def overtaken(self: MemoryStorage, prefix: StorageKey) -> AsyncIterator[StoredObject]:
        if "/" not in prefix:
            await site.upload(studio, instant_video())
            await site.work()
        async for found in listing(self, prefix):
            yield found

    monkeypatch.setattr(MemoryStorage, "list", overtaken)
    assert await look(mend=True) == []
    assert await Video.all().count() == 5


async def test_place_that_becomes_home_between_two_queries_is_no_orphan(
    look: Look, memory: MemoryStorage, video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    current = await RenditionSet.get(current_of=video.id)
    await RenditionSet.filter(id=current.id).update(prefix="videos/x/elsewhere")
    read = orphans.worked_on

    async def ended(prefixes: object) -> set[str]:
        await RenditionSet.filter(id=current.id).update(prefix=current.prefix)
        return await read(prefixes)  # type: ignore[arg-type]

    monkeypatch.setattr(orphans, "worked_on", ended)
    assert Kind.ORPHANS not in [found.kind for found in await look(mend=True)]


async def test_orphan_that_goes_meanwhile_is_none(
    look: Look, memory: MemoryStorage, video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory.objects |= dict.fromkeys([*LEFT["original"], *LEFT["set"]], b"1")
    read = orphans.worked_on

    async def swept(prefixes: object) -> set[str]:
        for key in [*LEFT["original"], *LEFT["set"]]:
            memory.objects.pop(key, None)
        return await read(prefixes)  # type: ignore[arg-type]

    monkeypatch.setattr(orphans, "worked_on", swept)
    assert await look() == []


async def test_large_storage_is_looked_through_in_pieces(
    look: Look, attic: MemoryStorage, video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orphans, "_BATCH", 7)
    keys = {f"videos/{place:016}/1111111111111111-1/{name:02}.m4s" for place in range(5) for name in range(12)}
    attic.objects |= dict.fromkeys(keys, b"1")
    tally = Tally()
    found = await look(tally, mend=True)
    assert max(len(each.keys) for each in found) <= 7
    assert {str(key) for each in found for key in each.keys} == keys
    assert attic.objects == {}
    assert tally.objects > 60


@pytest.mark.slow
async def test_hundred_thousand_objects_are_never_held(
    look: Look, attic: MemoryStorage, video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    current = await RenditionSet.get(current_of=video.id)
    await StorageCopy.create(asset="x", storage="attic", prefix=current.prefix, keep_until=datetime.now(UTC))

    async def endless(self: MemoryStorage, prefix: StorageKey) -> AsyncIterator[StoredObject]:
        for number in range(100_000 if self is attic and prefix == "videos" else 0):
            yield StoredObject(StorageKey(f"{current.prefix}/{number}.m4s"), 1)

    monkeypatch.setattr(MemoryStorage, "list", endless)
    tally = Tally()
    tracemalloc.start()
    await look(tally)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert tally.objects == 100_000
    assert peak < 5_000_000


async def test_empty_database_deletes_nothing(look: Look, memory: MemoryStorage) -> None:
    memory.objects[LEFT["original"][0]] = b"another site's"
    assert len(await look()) == 1
    with pytest.raises(StorageError, match="Nothing was deleted"):
        await look(mend=True)
    assert memory.objects
