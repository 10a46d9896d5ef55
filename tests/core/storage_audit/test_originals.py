"""An original that is gone or changed is told, and never made to look right (R-25)."""

import pytest

from core.models import Upload, Video
from core.storage import StoredObject
from core.storage_audit import Kind, Tally
from core.testing.sites import Browser, Site
from tests.core.storage_audit.conftest import Look
from tests.fakes.storage_memory import MemoryStorage


async def test_site_in_order_has_no_differences(look: Look, video: Video) -> None:
    tally = Tally()
    assert await look(tally, deep=True) == []
    assert (tally.originals, tally.unproven, tally.sets) == (1, 0, 1)
    assert tally.objects > 10


@pytest.mark.parametrize("repair", ["look", "repair"])
async def test_lost_original_is_told_and_stays_lost_r_25(
    look: Look, memory: MemoryStorage, video: Video, repair: str
) -> None:
    upload = await Upload.get()
    del memory.objects[upload.key]
    (found,) = await look(mend=repair == "repair")
    assert (found.kind, found.where, found.video_id) == (Kind.LOST_ORIGINAL, upload.key, video.id)
    assert (found.size, found.repaired) == (upload.size, None)
    assert "Restore the object from a backup" in found.remedy
    assert await Upload.exists(id=upload.id)


@pytest.mark.usefixtures("video")
async def test_original_of_another_size_is_told_r_25(look: Look, memory: MemoryStorage) -> None:
    upload = await Upload.get()
    memory.objects[upload.key] += b"!"
    (found,) = await look(mend=True)
    assert (found.kind, found.repaired) == (Kind.DAMAGED_ORIGINAL, None)
    assert f"has {upload.size + 1} bytes, and {upload.size} were accepted" in found.detail


@pytest.mark.parametrize("place", [0, 1023, 1024, -1])
@pytest.mark.usefixtures("video")
async def test_flipped_byte_of_an_original_is_found_when_it_is_read_r_25(
    look: Look, memory: MemoryStorage, place: int
) -> None:
    content = bytearray(memory.objects[(await Upload.get()).key])
    content[place] ^= 1
    memory.objects[(await Upload.get()).key] = bytes(content)
    assert await look() == []
    (found,) = await look(deep=True)
    assert (found.kind, found.repaired) == (Kind.DAMAGED_ORIGINAL, None)


@pytest.mark.usefixtures("video")
async def test_original_without_a_checksum_is_counted_as_unproven(look: Look) -> None:
    await Upload.all().update(checksum=None)
    tally = Tally()
    assert await look(tally, deep=True) == []
    assert tally.unproven == 1


async def test_deleted_video_must_be_whole_while_it_can_be_restored(
    site: Site, studio: Browser, look: Look, memory: MemoryStorage, video: Video
) -> None:
    await studio.api("DELETE", f"/videos/{video.id}")
    assert await look() == []
    del memory.objects[(await Upload.get()).key]
    assert [found.kind for found in await look()] == [Kind.LOST_ORIGINAL]
    await studio.api("DELETE", f"/videos/{video.id}?for_good=true")
    assert await look() == []


async def test_original_that_is_moved_meanwhile_is_no_difference(
    look: Look, memory: MemoryStorage, attic: MemoryStorage, video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload, stat = await Upload.get(), MemoryStorage.stat

    async def overtaken(self: MemoryStorage, key: str) -> StoredObject | None:
        if key in memory.objects:
            attic.objects[key] = memory.objects.pop(key)
            await Upload.filter(id=upload.id).update(storage="attic")
        return await stat(self, key)  # type: ignore[arg-type]

    monkeypatch.setattr(MemoryStorage, "stat", overtaken)
    assert await look() == []
    assert upload.key in attic.objects


@pytest.mark.parametrize("end", ["erased", "being erased"])
async def test_original_that_is_erased_meanwhile_is_no_difference(
    look: Look, memory: MemoryStorage, video: Video, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    async def overtaken(self: MemoryStorage, key: str) -> StoredObject | None:
        await Video.filter(id=video.id).update(deleted_at=video.created_at, undo_until=None)
        memory.objects.clear()
        if end == "erased":
            await Video.all().delete()
        return None

    monkeypatch.setattr(MemoryStorage, "stat", overtaken)
    assert await look() == []
