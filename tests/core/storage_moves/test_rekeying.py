"""What turns private gets new keys where browsers read past us, so that no link that was public works on (P-2, P-5)."""

from itertools import product
from pathlib import Path

import pytest
from structlog.typing import EventDict

from core.models import Job, JobState, RenditionSet, StorageCopy, User, Video, Visibility
from core.storage import StorageError, StorageKey, StoredObject
from core.storage_moves import REKEY, rekey_when_narrowed
from core.storage_moves.rekeying import rekey_video
from core.testing.sites import Browser, Site
from core.videos.deletion import delete_video, erase_video, restore_video
from tests.core.storage_moves.watching import Mover, Viewer, contents
from tests.fakes.storage_memory import MemoryStorage


@pytest.fixture
def bucket(house: MemoryStorage, monkeypatch: pytest.MonkeyPatch) -> MemoryStorage:
    """The house, as if browsers read from it past us."""
    monkeypatch.setattr(house, "asks_gate", False)
    return house


async def narrow(site: Site, video: Video, visibility: Visibility = Visibility.PRIVATE) -> None:
    """Change who may watch, as `edit_video` does."""
    async with site.services.jobs.transaction() as work:
        await rekey_when_narrowed(work, await Video.get(id=video.id), visibility)
        await Video.filter(id=video.id).using_db(work.connection).update(visibility=visibility)


def media(storage: MemoryStorage) -> set[str]:
    return {key for key in storage.objects if key.startswith("videos/")}


async def test_old_keys_are_gone_and_the_owner_watches_by_new_ones(
    site: Site, studio: Browser, video: Video, bucket: MemoryStorage
) -> None:
    keys, bytes_before = media(bucket), contents(bucket)
    await narrow(site, video)
    await site.work()
    assert not keys & media(bucket)
    assert contents(bucket) == bytes_before
    assert await Viewer(studio, video.id).watch()
    assert await StorageCopy.all().count() == 0
    assert not await Job.filter(state=JobState.FAILED).exists()


@pytest.mark.slow
async def test_storage_that_asks_us_keeps_its_keys(site: Site, video: Video, house: MemoryStorage) -> None:
    keys = media(house)
    await narrow(site, video)
    await site.work()
    assert media(house) == keys


async def test_fewer_people_mean_new_keys_and_more_mean_none(site: Site, video: Video) -> None:
    renewed = []
    for before, after in product(Visibility, Visibility):
        await Video.filter(id=video.id).update(visibility=before)
        await narrow(site, video, after)
        if await Job.filter(kind=REKEY, subject=video.id).delete():
            renewed.append((before, after))
    assert renewed == [("public", "unlisted"), ("public", "private"), ("unlisted", "private")]


async def test_video_that_is_public_again_keeps_its_keys(site: Site, video: Video, bucket: MemoryStorage) -> None:
    keys = media(bucket)
    await narrow(site, video)
    await Video.filter(id=video.id).update(visibility=Visibility.PUBLIC)
    await site.work()
    assert media(bucket) == keys


@pytest.mark.slow
async def test_place_that_a_move_left_is_closed_too(
    mover: Mover, studio: Browser, video: Video, bucket: MemoryStorage
) -> None:
    await mover.move("attic")
    assert media(bucket)
    await narrow(mover.site, video)
    await mover.site.work()
    assert media(bucket) == set()
    assert await Viewer(studio, video.id).watch()


@pytest.mark.slow
async def test_move_and_new_keys_at_once_leave_no_old_key(
    mover: Mover,
    studio: Browser,
    video: Video,
    bucket: MemoryStorage,
    attic: MemoryStorage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keys, put = media(bucket), bucket.put_file
    begun, moved = list[StorageKey](), list[bool]()

    async def move_first(key: StorageKey, source: Path, *, content_type: str) -> StoredObject:
        if not begun:
            begun.append(key)
            moved.append(await mover.move("attic"))
        return await put(key, source, content_type=content_type)

    monkeypatch.setattr(bucket, "put_file", move_first)
    await narrow(mover.site, video)
    await mover.site.work()
    assert moved == [True]
    assert not keys & media(bucket)
    await mover.after_six_hours()
    assert (bucket.objects, len(attic.objects)) == ({}, 29)
    assert await Viewer(studio, video.id).watch()


@pytest.mark.slow
async def test_store_that_fails_half_way_is_asked_again(
    site: Site,
    studio: Browser,
    video: Video,
    bucket: MemoryStorage,
    monkeypatch: pytest.MonkeyPatch,
    logs: list[EventDict],
) -> None:
    keys, put, stored = media(bucket), bucket.put_file, list[str]()

    async def fail_once(key: StorageKey, source: Path, *, content_type: str) -> StoredObject:
        stored.append(key)
        if len(stored) == 4:
            raise StorageError("the store did not answer")
        return await put(key, source, content_type=content_type)

    monkeypatch.setattr(bucket, "put_file", fail_once)
    await narrow(site, video)
    await site.work()
    assert not keys & media(bucket)
    assert len(media(bucket)) == 28
    assert await Viewer(studio, video.id).watch()


@pytest.mark.slow
async def test_set_with_a_lost_object_gets_new_keys_all_the_same(
    site: Site, video: Video, bucket: MemoryStorage
) -> None:
    keys = media(bucket)
    del bucket.objects[min(keys)]
    await narrow(site, video)
    await site.work()
    assert not keys & media(bucket)
    assert len(media(bucket)) == len(keys) - 1


@pytest.mark.slow
async def test_deleted_video_has_new_keys_when_it_is_restored(
    site: Site, creator: User, client: Browser, video: Video, bucket: MemoryStorage
) -> None:
    keys = media(bucket)
    await delete_video(site.services, video)
    async with site.services.jobs.transaction() as work:
        await work.enqueue(REKEY, subject=video.id)
    await site.work()
    assert not keys & media(bucket)
    await restore_video(site.services, creator, video.id)
    assert await Viewer(client, video.id).watch()


async def test_video_that_is_being_erased_gets_no_new_keys(
    site: Site, creator: User, video: Video, bucket: MemoryStorage
) -> None:
    await erase_video(site.services, creator, video.id)
    await rekey_video(site.services, video.id, "holder")
    await Mover(site).erase()
    assert (bucket.objects, await RenditionSet.all().count()) == ({}, 0)
