"""What cannot be moved stays where it is and plays; what was half done is removed; the run says so."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.models import CopyState, RenditionSet, StorageCopy, Upload, User, Video
from core.storage import StorageError, StorageFull, StorageKey, StoredObject, composite_of
from core.storage_moves import MoveStopped
from core.testing.sites import Browser, Site
from core.videos.deletion import erase_video, restore_video
from tests.core.storage_moves.watching import Mover, Viewer, storages_of_rows
from tests.fakes.storage_memory import MemoryStorage
from tests.fakes.transcoder_instant import instant_video

pytestmark = pytest.mark.slow


async def test_copy_that_reads_back_otherwise_is_removed_and_the_asset_stays(
    mover: Mover, viewer: Viewer, attic: MemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def put(key: StorageKey, source: Path, *, content_type: str) -> StoredObject:
        attic.objects[key] = source.read_bytes()[:-1] + b"?"
        return StoredObject(key, len(attic.objects[key]))

    with monkeypatch.context() as patched:
        patched.setattr(attic, "put_file", put)
        assert not await mover.move("attic")
    assert "reads other bytes from attic" in mover.said[0]
    assert (attic.objects, await storages_of_rows()) == ({}, ["storage_memory"] * 3)
    assert await viewer.watch()
    assert await mover.move("attic")


async def test_bad_copy_that_cannot_be_removed_now_is_removed_later(
    mover: Mover, video: Video, attic: MemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def put(key: StorageKey, source: Path, *, content_type: str) -> StoredObject:
        attic.objects[key] = b"something else"
        return StoredObject(key, 14)

    async def down(*_: object) -> None:
        raise StorageError("the store did not answer")

    with monkeypatch.context() as patched:
        patched.setattr(attic, "put_file", put)
        patched.setattr(attic, "delete", down)
        assert not await mover.move("attic")
    assert await StorageCopy.filter(state=CopyState.DROPPING).count() == 3
    await mover.after_six_hours()
    assert (attic.objects, await StorageCopy.all().count()) == ({}, 0)


async def test_left_copy_that_rotted_is_not_gone_back_to(
    mover: Mover, viewer: Viewer, house: MemoryStorage, attic: MemoryStorage
) -> None:
    await mover.move("attic")
    rotten = min(key for key in house.objects if key.endswith(".m4s"))
    house.objects[rotten] = house.objects[rotten][::-1]
    assert await mover.move("attic", back=True)
    assert await storages_of_rows() == ["storage_memory"] * 3
    assert await viewer.watch()
    assert rotten in house.objects  # somebody may still have a link to its neighbours
    await mover.after_six_hours()
    assert (rotten in house.objects, attic.objects) == (False, {})


@pytest.mark.parametrize("kind", ["lost", "shortened"])
async def test_set_that_is_not_whole_is_not_moved(
    mover: Mover, video: Video, house: MemoryStorage, attic: MemoryStorage, kind: str
) -> None:
    assert video.current_set is not None
    segment = next(key for key in house.objects if key.startswith(video.current_set.prefix) and key.endswith(".m4s"))
    if kind == "lost":
        del house.objects[segment]
    else:
        house.objects[segment] = b"short"
    assert not await mover.move("attic")
    assert sorted(await storages_of_rows()) == ["attic", "attic", "storage_memory"]
    assert segment in mover.said[0]


async def test_original_that_is_not_what_was_accepted_is_not_moved(
    mover: Mover, video: Video, house: MemoryStorage, attic: MemoryStorage
) -> None:
    original = await Upload.get()
    await Upload.filter(id=original.id).update(checksum="AAAA-1")
    assert not await mover.move("attic")
    assert "is not the file that was accepted" in mover.said[0]
    assert (await Upload.get()).storage == "storage_memory"
    assert not [key for key in attic.objects if key.startswith("originals/")]


async def test_original_with_its_checksum_is_moved(mover: Mover, video: Video, house: MemoryStorage) -> None:
    original = await Upload.get()
    accepted = await composite_of(house.read(StorageKey(original.key)), original.part_size)
    await Upload.filter(id=original.id).update(checksum=accepted)
    assert await mover.move("attic")


async def test_full_storage_ends_the_run_and_keeps_nothing_half(
    mover: Mover, viewer: Viewer, attic: MemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = attic.put_file

    async def full(key: StorageKey, source: Path, *, content_type: str) -> StoredObject:
        if len(attic.objects) >= 6:
            raise StorageFull("the attic has no room left.")
        return await put(key, source, content_type=content_type)

    with monkeypatch.context() as patched:
        patched.setattr(attic, "put_file", full)
        with pytest.raises(MoveStopped, match="the attic has no room left"):
            await mover.move("attic")
    whole = {row.key for row in await Upload.filter(storage="attic")}
    assert set(attic.objects) == whole
    assert await StorageCopy.filter(state=CopyState.COPYING).count() == 0
    assert await viewer.watch()
    assert await mover.move("attic")


@pytest.mark.parametrize("method", ["put_file", "read", "stat", "local_copy"])
async def test_storage_that_is_down_costs_a_run_and_nothing_else(
    mover: Mover,
    viewer: Viewer,
    house: MemoryStorage,
    attic: MemoryStorage,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
) -> None:
    def down(*_: object, **__: object) -> None:
        raise StorageError("the store did not answer")

    with monkeypatch.context() as patched:
        patched.setattr(house if method == "local_copy" else attic, method, down)
        assert not await mover.move("attic")
    assert len([line for line in mover.said if "the store did not answer" in line]) == 3
    assert await storages_of_rows() == ["storage_memory"] * 3
    assert await viewer.watch()
    assert await mover.move("attic")
    await mover.after_six_hours()
    assert (house.objects, await StorageCopy.all().count()) == ({}, 0)


async def test_run_ends_when_ten_in_a_row_fail(
    mover: Mover, site: Site, studio: Browser, attic: MemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(6):
        await site.upload(studio, instant_video())
    await site.work()

    async def down(*_: object, **__: object) -> None:
        raise StorageError("the store did not answer")

    monkeypatch.setattr(attic, "put_file", down)
    with pytest.raises(MoveStopped, match="10 in a row could not be moved"):
        await mover.move("attic")


async def test_storage_of_a_row_that_is_not_enabled_is_named(mover: Mover, video: Video) -> None:
    await Upload.filter(video_id=video.id).update(storage="cellar")
    assert not await mover.move("attic")
    assert "no storage is named 'cellar'" in mover.said[0]


async def test_deleted_video_that_may_be_restored_moves_too(
    mover: Mover, studio: Browser, creator: User, viewer: Viewer, house: MemoryStorage
) -> None:
    assert (await studio.api("DELETE", f"/videos/{viewer.video_id}")).status == 204
    assert await mover.move("attic")
    await mover.after_six_hours()
    await restore_video(mover.site.services, creator, viewer.video_id)
    assert (house.objects, await viewer.watch()) == ({}, True)


@pytest.mark.parametrize("when", ["copying", "comparing"])
async def test_video_that_is_erased_while_it_moves_leaves_nothing(
    mover: Mover,
    creator: User,
    viewer: Viewer,
    house: MemoryStorage,
    attic: MemoryStorage,
    monkeypatch: pytest.MonkeyPatch,
    when: str,
) -> None:
    erased = asyncio.Event()
    read, put = attic.read, attic.put_file

    async def erase() -> None:
        if not erased.is_set():
            erased.set()
            await erase_video(mover.site.services, creator, viewer.video_id)

    async def reading(key: StorageKey, **options: int) -> AsyncIterator[bytes]:
        if when == "comparing":
            await erase()
        async for chunk in read(key, **options):
            yield chunk

    async def putting(key: StorageKey, source: Path, *, content_type: str) -> StoredObject:
        if when == "copying":
            await erase()
        return await put(key, source, content_type=content_type)

    monkeypatch.setattr(attic, "read", reading)
    monkeypatch.setattr(attic, "put_file", putting)
    assert await mover.move("attic")
    assert erased.is_set()
    await mover.erase()
    await mover.after_six_hours()
    assert (house.objects, attic.objects) == ({}, {})
    assert (await Video.all().count(), await StorageCopy.all().count()) == (0, 0)


async def test_set_that_is_retired_while_it_moves_leaves_nothing(
    mover: Mover, viewer: Viewer, house: MemoryStorage, attic: MemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = attic.put_file
    retired = asyncio.Event()

    async def putting(key: StorageKey, source: Path, *, content_type: str) -> StoredObject:
        if key.startswith("videos/") and not retired.is_set():
            retired.set()
            await mover.retire()
        return await put(key, source, content_type=content_type)

    monkeypatch.setattr(attic, "put_file", putting)
    assert await mover.move("attic")
    assert retired.is_set()
    await mover.after_six_hours()
    assert await RenditionSet.all().count() == 1
    assert (house.objects, len(attic.objects)) == ({}, 15)
    assert await viewer.watch()
