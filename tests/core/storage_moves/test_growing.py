"""A set that grows stays where it is until it has ended; then it moves, and gets new keys, like any other."""

import pytest

from core.jobs import Worker
from core.models import Job, RenditionSet, Upload, Video, Visibility
from core.storage_moves import rekey_when_narrowed
from core.testing.sites import Browser, Site
from core.videos.process import Processing
from core.videos.runs import CHUNK, COPY, PROBE, SOUND
from tests.core.storage_moves.watching import Mover, Viewer
from tests.core.videos.stages import run_only
from tests.core.videos.uploading import due
from tests.fakes.storage_memory import MemoryStorage
from tests.fakes.transcoder_instant import instant_video

pytestmark = pytest.mark.slow

STEPS = {"copied": ("h264", [PROBE, COPY]), "grown": ("vp9", [PROBE, SOUND, CHUNK]), "probed": ("vp9", [PROBE])}


async def under_way(site: Site, studio: Browser, stage: str) -> str:
    """Return the id of a video that is being processed."""
    codec, kinds = STEPS[stage]
    upload = await site.upload(studio, instant_video(seconds=60, codec=codec))
    for kind in kinds:
        await run_only(site, [kind])
    return str(upload["video_id"])


@pytest.mark.parametrize("stage", STEPS)
async def test_set_that_grows_is_left_alone_and_moves_when_it_has_ended(
    site: Site, studio: Browser, client: Browser, mover: Mover, attic: MemoryStorage, house: MemoryStorage, stage: str
) -> None:
    video_id = await under_way(site, studio, stage)
    assert not await mover.move("attic")  # not all of it
    assert (await Upload.get()).storage == "attic"
    assert not [key for key in attic.objects if key.startswith("videos/")]
    await Worker(Processing(site.services).kinds(), site.services.jobs, site.services.settings.core.jobs).drain()
    await site.work()
    assert (await RenditionSet.get()).storage == house.name
    assert await mover.move("attic")
    assert (await RenditionSet.get()).storage == "attic"
    assert await Viewer(client, video_id).watch()


async def test_objects_that_no_row_names_are_not_moved(
    site: Site, video: Video, mover: Mover, attic: MemoryStorage, house: MemoryStorage
) -> None:
    row = await RenditionSet.get(current_of=video.id)
    house.objects[f"{row.prefix}/late-9/720p_00000.m4s"] = b"of a worker that woke up"
    assert await mover.move("attic")
    assert not [key for key in attic.objects if "late-9" in key]


@pytest.mark.parametrize("stage", ["copied", "grown"])
async def test_set_that_grew_in_public_gets_new_keys_when_it_has_ended(
    site: Site, studio: Browser, house: MemoryStorage, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    monkeypatch.setattr(house, "asks_gate", False)
    video_id = await under_way(site, studio, stage)
    public = {key for key in house.objects if key.startswith("videos/")}
    async with site.services.jobs.transaction() as work:
        await rekey_when_narrowed(work, await Video.get(id=video_id), Visibility.PRIVATE)
        await Video.filter(id=video_id).using_db(work.connection).update(visibility=Visibility.PRIVATE)
    await site.work()
    await due(site, "videos.rekey")
    await due(site, "videos.sweep_attempts")
    assert not public & {key for key in house.objects if key.startswith("videos/")}
    assert await Viewer(studio, video_id).watch()


async def test_set_that_ends_while_others_get_new_keys_gets_them_afterwards(
    site: Site, studio: Browser, house: MemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house, "asks_gate", False)
    video_id = await under_way(site, studio, "grown")
    await Video.filter(id=video_id).update(visibility=Visibility.PRIVATE)

    async def ends_meanwhile(*_: object) -> None:
        await RenditionSet.filter(video_id=video_id).update(growing=False)

    monkeypatch.setattr("core.storage_moves.jobs.rekey_video", ends_meanwhile)
    async with site.services.jobs.transaction() as work:
        await rekey_when_narrowed(work, Video(id=video_id, visibility=Visibility.PUBLIC), Visibility.PRIVATE)
    await Job.filter(kind__in=[CHUNK, "videos.finish"]).delete()
    await site.work()
    assert await Job.filter(kind="videos.rekey", state="ready").count() == 1
