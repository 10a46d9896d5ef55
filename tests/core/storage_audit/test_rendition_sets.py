"""A set that lacks something is found and made again; it plays what it can until then (R-25)."""

from collections.abc import AsyncIterator

import pytest

from core.models import Job, JobState, RenditionSet, Upload, Video
from core.storage import StorageKey, StoredObject
from core.storage_audit import Kind
from core.testing.sites import Browser, Site
from core.videos.keeping import retry_video
from tests.core.storage_audit.conftest import Look
from tests.core.videos.uploading import due
from tests.fakes.storage_memory import MemoryStorage

HOLES = [
    ("720p_init.mp4", "missing"),
    ("720p_init.mp4", "cut"),
    ("720p_00001.m4s", "missing"),
    ("audio_00000.m4s", "cut"),
    ("poster_1.jpg", "missing"),
    ("poster_1.jpg", "empty"),
    ("poster_3.jpg", "missing"),
    ("storyboard_00000.jpg", "missing"),
]


@pytest.mark.parametrize(("name", "damage"), HOLES)
async def test_set_with_a_hole_is_found_and_made_again_r_25(
    site: Site, look: Look, memory: MemoryStorage, studio: Browser, video: Video, name: str, damage: str
) -> None:
    before = await RenditionSet.get(current_of=video.id)
    key = next(key for key in memory.objects if key.startswith(f"{before.prefix}/") and key.endswith(f"/{name}"))
    content = memory.objects.pop(key)
    if damage != "missing":
        memory.objects[key] = content[:-1] if damage == "cut" else b""
    (found,) = await look()
    assert (found.kind, found.where, found.repaired) == (Kind.BROKEN_SET, before.prefix, None)
    (found,) = await look(mend=True)
    assert found.repaired == "it is processed again"
    assert (await studio.api("GET", f"/videos/{video.id}/status")).json["playable"] is True
    await site.work()
    assert await look() == []
    assert (await RenditionSet.get(current_of=video.id)).id != before.id


async def test_what_is_made_again_already_is_not_begun_twice(
    site: Site, look: Look, memory: MemoryStorage, video: Video
) -> None:
    current = await RenditionSet.get(current_of=video.id)
    del memory.objects[f"{current.prefix}/{current.poster}"]
    ends = [(await look(mend=True))[0].repaired for _ in range(2)]
    assert ends == ["it is processed again", "it is being processed already"]
    await site.work()
    assert await look() == []


async def test_set_whose_original_is_lost_too_is_told_and_left(look: Look, memory: MemoryStorage, video: Video) -> None:
    current = await RenditionSet.get(current_of=video.id)
    del memory.objects[f"{current.prefix}/{current.poster}"]
    del memory.objects[(await Upload.get()).key]
    found = await look(mend=True)
    assert [(each.kind, each.repaired) for each in found] == [(Kind.LOST_ORIGINAL, None), (Kind.BROKEN_SET, None)]


async def test_set_of_a_deleted_video_is_mended_after_it_is_restored(
    studio: Browser, look: Look, memory: MemoryStorage, video: Video
) -> None:
    current = await RenditionSet.get(current_of=video.id)
    del memory.objects[f"{current.prefix}/{current.poster}"]
    await studio.api("DELETE", f"/videos/{video.id}")
    assert [each.repaired for each in await look(mend=True)] == [None]
    await studio.api("POST", f"/videos/{video.id}/restore", {})
    assert [each.repaired for each in await look(mend=True)] == ["it is processed again"]


async def test_extra_object_of_a_set_is_found_and_deleted_r_25(look: Look, memory: MemoryStorage, video: Video) -> None:
    current = await RenditionSet.get(current_of=video.id)
    before = dict(memory.objects)
    extra = StorageKey(f"{current.prefix}/evil.m4s")
    memory.objects[extra] = b"12345"
    (found,) = await look(mend=True)
    assert (found.kind, found.keys, found.size) == (Kind.EXTRA_OBJECTS, (extra,), 5)
    assert found.repaired == "deleted 1"
    assert memory.objects == before
    assert await look() == []


async def test_what_is_about_to_be_swept_is_no_difference(
    site: Site, look: Look, memory: MemoryStorage, video: Video
) -> None:
    current = await RenditionSet.get(current_of=video.id)
    await Job.filter(kind="videos.sweep_attempts").update(state=JobState.READY)
    memory.objects[f"{current.prefix}/late-2/720p_00000.m4s"] = b"of a worker that was frozen"
    assert await look(mend=True) == []
    await due(site, "videos.sweep_attempts")
    assert not [key for key in memory.objects if "late-2" in key]


async def test_set_that_is_moved_meanwhile_is_no_difference(
    look: Look, memory: MemoryStorage, attic: MemoryStorage, video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    current, listing = await RenditionSet.get(current_of=video.id), MemoryStorage.list

    async def overtaken(self: MemoryStorage, prefix: StorageKey) -> AsyncIterator[StoredObject]:
        for key in [key for key in memory.objects if key.startswith(f"{current.prefix}/")]:
            attic.objects[key] = memory.objects.pop(key)
        await RenditionSet.filter(id=current.id).update(storage="attic")
        async for found in listing(self, prefix):
            yield found

    monkeypatch.setattr(MemoryStorage, "list", overtaken)
    assert await look() == []


async def test_set_that_waits_for_its_end_is_not_looked_at(
    site: Site, look: Look, memory: MemoryStorage, video: Video
) -> None:
    old = await RenditionSet.get(current_of=video.id)
    await retry_video(site.services, video)
    await site.work()
    del memory.objects[f"{old.prefix}/{old.poster}"]
    assert await look() == []
