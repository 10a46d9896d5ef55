"""A move takes everything along, changes nothing for whoever watches, and can be undone."""

import pytest

from core.models import Job, JobState, RenditionSet, StorageCopy, Upload, Video
from core.storage_moves import Course
from core.testing.sites import Browser, Site
from tests.core.storage_moves.watching import Mover, Viewer, contents, storages_of_rows
from tests.fakes.storage_memory import MemoryStorage
from tests.fakes.transcoder_instant import instant_video


async def test_everything_moves_and_is_watched_from_there(
    mover: Mover, viewer: Viewer, house: MemoryStorage, attic: MemoryStorage
) -> None:
    before = contents(house)
    assert await mover.move("attic")
    assert {*await storages_of_rows()} == {"attic"}
    assert contents(attic) == contents(house) == before
    assert all(address.startswith("/attic/videos/") for address in await viewer.addresses())
    assert await viewer.watch()


async def test_links_from_before_the_move_work_for_six_hours_and_then_nothing_is_left(
    mover: Mover, viewer: Viewer, house: MemoryStorage, attic: MemoryStorage
) -> None:
    links = await viewer.addresses()
    await mover.move("attic")
    await mover.site.work()
    assert await viewer.watch(links)
    await mover.after_six_hours()
    assert (house.objects, await StorageCopy.all().count()) == ({}, 0)
    assert await viewer.watch()
    assert not await Job.filter(state=JobState.FAILED).exists()


async def test_original_is_given_to_its_owner_from_the_new_place(
    mover: Mover, studio: Browser, video: Video, house: MemoryStorage
) -> None:
    await mover.move("attic")
    await mover.after_six_hours()
    answer = await studio.api("GET", f"/videos/{video.id}/original")
    assert (answer.status, answer.headers["Location"].startswith("/attic/originals/")) == (303, True)
    assert (await studio.get(answer.headers["Location"])).body == instant_video()


async def test_moved_video_is_processed_again_from_its_original(
    mover: Mover, studio: Browser, viewer: Viewer, house: MemoryStorage
) -> None:
    await mover.move("attic")
    await mover.after_six_hours()
    assert (await studio.api("POST", f"/videos/{viewer.video_id}/retry", {})).status < 300
    await mover.site.work()
    assert not await Job.filter(state=JobState.FAILED).exists()
    assert await viewer.watch()


async def test_second_run_has_nothing_to_do(mover: Mover, video: Video, attic: MemoryStorage) -> None:
    await mover.move("attic")
    rows = await Upload.all().values(), await RenditionSet.all().values()
    stored = dict(attic.objects)
    assert await mover.move("attic")
    assert (await Upload.all().values(), await RenditionSet.all().values()) == rows
    assert attic.objects == stored
    assert await StorageCopy.all().count() == 3


async def test_back_needs_no_bytes_while_the_old_copies_stand(
    mover: Mover, viewer: Viewer, house: MemoryStorage, attic: MemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await Upload.all().values(), await RenditionSet.all().values(), dict(house.objects)
    await mover.move("attic")
    monkeypatch.delattr(MemoryStorage, "put_file")
    assert await mover.move("attic", back=True)
    assert (await Upload.all().values(), await RenditionSet.all().values(), house.objects) == before
    await mover.after_six_hours()
    assert (attic.objects, await StorageCopy.all().count()) == ({}, 0)
    assert await viewer.watch()


async def test_back_copies_what_is_no_longer_there(
    mover: Mover, viewer: Viewer, house: MemoryStorage, attic: MemoryStorage
) -> None:
    before = contents(house)
    await mover.move("attic")
    await mover.after_six_hours()
    assert await mover.move("attic", back=True)
    await mover.after_six_hours()
    assert ({*await storages_of_rows()}, contents(house), attic.objects) == ({"storage_memory"}, before, {})
    assert await viewer.watch()


async def test_back_leaves_what_was_made_there_and_comes_once(mover: Mover, video: Video) -> None:
    await mover.move("attic")
    newer = await RenditionSet.filter(video_id=video.id).first()
    assert newer is not None
    await RenditionSet.filter(id=newer.id).update(moved_from=None)
    assert await mover.move("attic", back=True)
    assert [row.id for row in await RenditionSet.filter(storage="attic")] == [newer.id]
    assert await Course("attic", back=True).measure() == (0, 0)
    assert await Course("storage_memory", back=True).measure() == (0, 0)


async def test_from_moves_only_what_lies_there(mover: Mover, video: Video) -> None:
    await RenditionSet.filter(video_id=video.id).update(storage="gone_for_long")
    assert await mover.move("attic", "storage_memory")
    assert (await Upload.get()).storage == "attic"
    assert {*await storages_of_rows()} == {"attic", "gone_for_long"}


async def test_what_comes_during_the_move_is_moved_too(
    mover: Mover, studio: Browser, viewer: Viewer, attic: MemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, later = attic.put_file, list[str]()

    async def put_and_upload(*args: object, **options: object) -> object:
        if not later:
            later.append("once")
            later.append((await mover.site.upload(studio, instant_video(seconds=9)))["video_id"])
            await mover.site.work()
        return await put(*args, **options)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(attic, "put_file", put_and_upload)
    assert await mover.move("attic")
    assert {*await storages_of_rows()} == {"attic"}
    assert await Viewer(viewer.browser, later[1]).watch()


async def test_open_upload_stays_and_is_told_of(mover: Mover, studio: Browser, video: Video) -> None:
    new = {"file_name": "clip.mp4", "size": 2000, "content_type": "video/mp4"}
    opened = (await studio.api("POST", "/uploads", new)).json
    assert not await mover.move("attic")
    assert (await Upload.get(id=opened["id"])).storage == "storage_memory"
    assert await RenditionSet.filter(storage="storage_memory").count() == 0


async def test_unlisted_video_is_watched_with_its_key_during_all_of_it(
    mover: Mover, site: Site, studio: Browser, client: Browser
) -> None:
    upload = await site.upload(studio, instant_video(), visibility="private")
    await site.work()
    owner = Viewer(studio, upload["video_id"])
    links = await owner.addresses()
    async with owner.watching():
        await mover.move("attic")
        await mover.move("attic", back=True)
        assert await owner.watch(links)
    assert owner.troubles == []
    assert {(await client.get(link.partition("?")[0])).status for link in links} == {404}


async def test_video_never_stops_playing_on_the_way_there_and_back(mover: Mover, viewer: Viewer) -> None:
    async with viewer.watching():
        for _ in range(3):
            assert await mover.move("attic")
            assert await mover.move("attic", back=True)
    assert (viewer.troubles, viewer.watched > 1) == ([], True)
