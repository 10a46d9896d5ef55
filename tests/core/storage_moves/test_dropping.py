"""A copy goes when no link leads to it any more, by a job that never gives up, and never when it is somebody's home."""

from datetime import UTC, datetime, timedelta

import pytest
from structlog.typing import EventDict

from core.models import CopyState, Job, JobState, RenditionSet, StorageCopy, Upload, Video
from core.storage import StorageError
from core.storage_moves import DROP, DROP_SECONDS, abandon_set, drop_copy
from core.storage_moves.assets import asset_of_upload
from core.storage_moves.copies import Copies
from tests.core.storage_moves.watching import Mover, Viewer
from tests.fakes.storage_memory import MemoryStorage

pytestmark = pytest.mark.slow


async def seconds_until(moment: datetime) -> float:
    return (moment - datetime.now(UTC)).total_seconds()


async def test_left_copy_is_kept_for_the_life_of_a_link(mover: Mover, video: Video, house: MemoryStorage) -> None:
    await mover.move("attic")
    assert DROP_SECONDS > 6 * 3600
    for copy in await StorageCopy.all():
        assert (copy.state, copy.storage) == (CopyState.LEAVING, "storage_memory")
        assert DROP_SECONDS - 60 < await seconds_until(copy.keep_until) <= DROP_SECONDS
        assert DROP_SECONDS - 60 < await drop_copy(mover.site.services, copy.id) <= DROP_SECONDS


async def test_every_copy_has_one_job_until_it_is_gone(mover: Mover, video: Video, house: MemoryStorage) -> None:
    await mover.move("attic")
    for _ in range(3):
        await Job.filter(kind=DROP, state=JobState.READY).update(run_at=datetime.now(UTC))
        await mover.site.work()
        waiting = await Job.filter(kind=DROP, state=JobState.READY).values_list("subject", flat=True)
        assert sorted(waiting) == sorted(await StorageCopy.all().values_list("id", flat=True))
    assert len(house.objects) == 29


async def test_copy_that_nobody_finished_goes_too(mover: Mover, video: Video, attic: MemoryStorage) -> None:
    asset = asset_of_upload(await Upload.get())
    copy, _ = await Copies(mover.site.services, "killed").begin(asset, "attic")
    attic.objects[copy.prefix] = b"half of it"
    await mover.after_six_hours()
    assert attic.objects  # its lease is not over: it may be a large file
    await mover.die()
    await mover.after_six_hours()
    assert (attic.objects, await StorageCopy.all().count()) == ({}, 0)


async def test_back_removes_what_an_interrupted_move_began(mover: Mover, viewer: Viewer, attic: MemoryStorage) -> None:
    asset = asset_of_upload(await Upload.get())
    copy, _ = await Copies(mover.site.services, "killed").begin(asset, "attic")
    attic.objects[copy.prefix] = b"half of it"
    await mover.die()
    assert await mover.move("attic", back=True)
    assert (attic.objects, await StorageCopy.all().count()) == ({}, 0)
    assert await viewer.watch()


async def test_drop_is_tried_again_until_the_storage_answers(
    mover: Mover, video: Video, house: MemoryStorage, monkeypatch: pytest.MonkeyPatch, logs: list[EventDict]
) -> None:
    async def down(*_: object) -> None:
        raise StorageError("the store did not answer")

    await mover.move("attic")
    with monkeypatch.context() as patched:
        patched.setattr(house, "delete", down)
        await mover.after_six_hours()
    assert await Job.filter(kind=DROP, state=JobState.FAILED).count() == 3
    assert await StorageCopy.filter(state=CopyState.DROPPING).count() == 3
    await mover.after_six_hours()
    assert (house.objects, await StorageCopy.all().count()) == ({}, 0)


async def test_copy_in_a_storage_that_is_not_enabled_waits_a_day(mover: Mover, video: Video) -> None:
    await mover.move("attic")
    await StorageCopy.all().update(storage="cellar")
    await mover.after_six_hours()
    assert await StorageCopy.filter(state=CopyState.LEAVING).count() == 3
    [job, *_] = await Job.filter(kind=DROP, state=JobState.READY)
    assert 23 * 3600 < await seconds_until(job.run_at) < 25 * 3600


async def test_place_where_an_asset_lives_is_never_dropped(
    mover: Mover, viewer: Viewer, house: MemoryStorage, logs: list[EventDict]
) -> None:
    original = await Upload.get()
    past = datetime.now(UTC) - timedelta(days=1)
    wrong = await StorageCopy.create(
        asset=original.id, storage="storage_memory", prefix=original.key, keep_until=past, state=CopyState.LEAVING
    )
    assert await drop_copy(mover.site.services, wrong.id) == 0
    assert original.key in house.objects
    assert "copy_is_in_use" in {entry["event"] for entry in logs}


async def test_deleting_a_video_does_not_cancel_the_drop(mover: Mover, studio: object, video: Video) -> None:
    await mover.move("attic")
    assert not await Job.filter(kind=DROP, subject=video.id).exists()


async def test_abandoned_set_goes_from_wherever_it_lies(
    mover: Mover, viewer: Viewer, house: MemoryStorage, attic: MemoryStorage
) -> None:
    video = await Video.get(id=viewer.video_id)
    await mover.move("attic")
    old = await RenditionSet.exclude(id=video.current_set_id).get()
    async with mover.site.services.jobs.transaction() as work:
        await abandon_set(work, old)
    await mover.site.work()
    assert not [key for key in attic.objects if key.startswith(old.prefix)]
    await mover.after_six_hours()
    assert (house.objects, await RenditionSet.all().count(), await viewer.watch()) == ({}, 1, True)
