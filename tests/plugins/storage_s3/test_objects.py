"""Files of ours: whole, verified, never overwritten, listed to the end and deleted to the last."""

import asyncio
import errno
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.api import StorageError, StorageFull, StorageKey, StoredObject
from core.testing.sending import content_of, keys_below, some_bytes
from plugins.storage_s3.storage import S3Storage
from tests.plugins.storage_s3.conftest import MIB, SEGMENT, SET, StorageOpener
from tests.s3_faults import Fault
from tests.s3_gateway import Gateway

pytestmark = pytest.mark.slow

Maker = Callable[[bytes], Path]


@pytest.fixture
def file(tmp_path: Path) -> Maker:
    def make(content: bytes) -> Path:
        (tmp_path / "source").write_bytes(content)
        return tmp_path / "source"

    return make


@pytest.mark.parametrize("checksums", ["sha256", "md5", "none"])
@pytest.mark.parametrize("size", [5 * MIB, 5 * MIB + 1, 11 * MIB])
async def test_large_file_is_stored_whole(open_s3: StorageOpener, file: Maker, checksums: str, size: int) -> None:
    content = some_bytes(size)
    async with open_s3(checksums=checksums) as storage:
        assert await storage.put_file(SEGMENT, file(content), content_type="video/mp4") == StoredObject(SEGMENT, size)
        assert await content_of(storage, SEGMENT) == content
        bucket = storage.bucket
        assert "Uploads" not in await bucket.client.list_multipart_uploads(Bucket=bucket.name)


@pytest.mark.parametrize("operation", ["PutObject", "UploadPart"])
@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.RESET, Fault.SLOW_DOWN, Fault.INTERNAL_ERROR])
async def test_r_9_file_is_stored_in_spite_of(
    storage: S3Storage, gateway: Gateway, file: Maker, operation: str, fault: Fault
) -> None:
    content = some_bytes(1000 if operation == "PutObject" else 6 * MIB)
    gateway.faults.order(operation, fault)
    await storage.put_file(SEGMENT, file(content), content_type="video/mp4")
    assert gateway.faults.happened == [(operation, fault)]
    assert await content_of(storage, SEGMENT) == content


@pytest.mark.parametrize("size", [1000, 6 * MIB])
async def test_damaged_bytes_are_refused_and_leave_nothing(
    storage: S3Storage, file: Maker, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = {"ChecksumSHA256": "A" * 43 + "="}
    for module in ("objects", "large_files"):
        monkeypatch.setattr(f"plugins.storage_s3.{module}.digest_of", lambda *_: damaged)
    with pytest.raises(StorageError, match="BadDigest"):
        await storage.put_file(SEGMENT, file(some_bytes(size)), content_type="video/mp4")
    bucket = storage.bucket
    assert await storage.stat(SEGMENT) is None
    assert "Uploads" not in await bucket.client.list_multipart_uploads(Bucket=bucket.name)


@pytest.mark.parametrize("size", [1000, 6 * MIB])
async def test_other_content_does_not_overwrite(storage: S3Storage, file: Maker, size: int) -> None:
    await storage.put_file(SEGMENT, file(b"first"), content_type="video/mp4")
    with pytest.raises(StorageError, match="5 bytes"):
        await storage.put_file(SEGMENT, file(some_bytes(size)), content_type="video/mp4")
    assert await content_of(storage, SEGMENT) == b"first"


@pytest.mark.parametrize("faults", [[Fault.CUT_BODY], [Fault.CUT_BODY, Fault.RESET, Fault.CUT_BODY]])
async def test_r_9_broken_answer_goes_on_where_it_broke(
    storage: S3Storage, gateway: Gateway, file: Maker, faults: list[Fault]
) -> None:
    content = some_bytes(3 * MIB)
    await storage.put_file(SEGMENT, file(content), content_type="video/mp4")
    gateway.faults.order("GetObject", *faults)
    async with storage.local_copy(SEGMENT) as path:
        assert path.read_bytes() == content
    assert len(gateway.faults.happened) == len(faults)


async def test_r_9_answer_that_always_breaks_is_an_error_and_no_copy(
    open_s3: StorageOpener, gateway: Gateway, file: Maker, tmp_path: Path
) -> None:
    async with open_s3(attempts=2) as storage:
        await storage.put_file(SEGMENT, file(b"12"), content_type="video/mp4")
        gateway.faults.always("GetObject", Fault.RESET)
        with pytest.raises(StorageError, match="did not answer"):
            async with storage.local_copy(SEGMENT):
                pass
    assert list((tmp_path / "data/storage_s3").iterdir()) == []


async def test_full_disk_is_said_and_no_copy_stays(
    storage: S3Storage, file: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await storage.put_file(SEGMENT, file(some_bytes(1000)), content_type="video/mp4")

    async def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("plugins.storage_s3.reading.asyncio.to_thread", full)
    with pytest.raises(StorageFull, match="1000 bytes"):
        async with storage.local_copy(SEGMENT):
            pass
    assert list((tmp_path / "data/storage_s3").iterdir()) == []


async def test_r_6_copy_that_does_not_fit_is_not_begun(
    storage: S3Storage, gateway: Gateway, file: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    await storage.put_file(SEGMENT, file(some_bytes(1000)), content_type="video/mp4")
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=999))
    with pytest.raises(StorageFull):
        async with storage.local_copy(SEGMENT):
            pass
    assert "GetObject" not in gateway.seen
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1000))
    async with storage.local_copy(SEGMENT) as path:
        assert path.stat().st_size == 1000


async def test_list_is_read_to_its_last_page(storage: S3Storage, file: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {str(SET.child(f"720p_{number}.m4s")) for number in range(7)}
    for name in names:
        await storage.put_file(StorageKey(name), file(b"x"), content_type="video/mp4")
    whole_page = storage.bucket.client.list_objects_v2
    monkeypatch.setattr(storage.bucket.client, "list_objects_v2", lambda **asked: whole_page(**asked, MaxKeys=2))
    assert await keys_below(storage, SET) == names


async def test_r_9_list_without_end_is_an_error(storage: S3Storage, gateway: Gateway, file: Maker) -> None:
    await storage.put_file(SEGMENT, file(b"x"), content_type="video/mp4")
    gateway.faults.always("ListObjectsV2", Fault.ENDLESS_LIST)
    with pytest.raises(StorageError, match="does not"):
        await asyncio.wait_for(keys_below(storage, SET), 10)


async def test_p_3_what_has_no_key_of_ours_is_not_listed(storage: S3Storage, file: Maker) -> None:
    bucket = storage.bucket
    for name in ("Upper Case", "../other", "a/../../b", ".hidden", "ü", "x" * 300, "a//b"):
        await bucket.client.put_object(Bucket=bucket.name, Key=f"{SET}/{name}", Body=b"theirs")
    await storage.put_file(SEGMENT, file(b"x"), content_type="video/mp4")
    assert await keys_below(storage, SET) == {str(SEGMENT)}


async def test_r_9_keys_that_could_not_be_deleted_are_tried_again(
    storage: S3Storage, gateway: Gateway, file: Maker
) -> None:
    await storage.put_file(SEGMENT, file(b"x"), content_type="video/mp4")
    gateway.faults.order("DeleteObjects", Fault.KEY_ERRORS, Fault.KEY_ERRORS)
    await storage.delete([SEGMENT])
    assert gateway.seen.count("DeleteObjects") == 3
    assert await storage.stat(SEGMENT) is None


async def test_r_9_key_that_is_never_deleted_is_an_error(open_s3: StorageOpener, gateway: Gateway) -> None:
    gateway.faults.always("DeleteObjects", Fault.KEY_ERRORS)
    async with open_s3(attempts=2) as storage:
        with pytest.raises(StorageError, match="720p_00001"):
            await storage.delete([SEGMENT])


async def test_thousand_and_one_objects_are_deleted_in_two_requests(storage: S3Storage, gateway: Gateway) -> None:
    await storage.delete([SET.child(f"{number}.m4s") for number in range(1001)])
    assert gateway.seen == ["DeleteObjects", "DeleteObjects"]


async def test_r_9_store_that_is_down_is_said_so(open_s3: StorageOpener, gateway: Gateway) -> None:
    gateway.faults.always("HeadObject", Fault.SLOW_DOWN)
    async with open_s3(attempts=2) as storage:
        with pytest.raises(StorageError, match="503"):
            await storage.stat(SEGMENT)


async def test_copies_that_a_crash_left_are_swept(open_s3: StorageOpener, tmp_path: Path) -> None:
    folder = tmp_path / "data/storage_s3"
    folder.mkdir(parents=True)
    for name, moment in (("copy-old", 0), ("copy-new", None)):
        (folder / name).touch()
        if moment is not None:
            os.utime(folder / name, (moment, moment))
    async with open_s3():
        assert [path.name for path in folder.iterdir()] == ["copy-new"]
