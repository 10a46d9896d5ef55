"""What every storage promises of objects."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from core.storage import ObjectMissing, ReadGrant, Storage, StorageKey, StoredObject
from core.testing.sending import StorageHttp, content_of, in_ten_minutes, keys_below, some_bytes

KEY = StorageKey("originals/0video0000000000/0upload0000000000000000000")
SET = StorageKey("videos/0video0000000000/0set000000000000")


class ObjectContract:
    """Files that are stored, read, listed and deleted. Part of `StorageContract`."""

    @pytest.fixture
    def file(self, tmp_path: Path) -> Callable[[bytes], Path]:
        """Make a file of these bytes."""

        def make(content: bytes) -> Path:
            path = tmp_path / "source.bin"
            path.write_bytes(content)
            return path

        return make

    @pytest.mark.parametrize("size", [0, 1, 3_000_000])
    async def test_file_is_stored_whole(self, storage: Storage, file: Callable[[bytes], Path], size: int) -> None:
        key, content = SET.child("720p", "init.mp4"), some_bytes(size)
        assert await storage.put_file(key, file(content), content_type="video/mp4") == StoredObject(key, size)
        assert await storage.stat(key) == StoredObject(key, size)
        assert await content_of(storage, key) == content

    async def test_stored_file_is_a_copy(self, storage: Storage, file: Callable[[bytes], Path]) -> None:
        key, source = SET.child("poster.jpg"), file(b"first")
        await storage.put_file(key, source, content_type="image/jpeg")
        assert source.read_bytes() == b"first"
        source.write_bytes(b"later")
        assert await content_of(storage, key) == b"first"

    async def test_same_file_is_stored_twice(self, storage: Storage, file: Callable[[bytes], Path]) -> None:
        key, source = SET.child("poster.jpg"), file(b"bytes")
        answers = [await storage.put_file(key, source, content_type="image/jpeg") for _ in range(2)]
        assert answers == [StoredObject(key, 5)] * 2

    @pytest.mark.parametrize(
        ("start", "end"),
        [(0, None), (0, 0), (0, 1), (5, 9), (1_500_000, None), (2_999_999, 9_000_000), (4_000_000, None)],
    )
    async def test_any_range_is_read(
        self, storage: Storage, file: Callable[[bytes], Path], start: int, end: int | None
    ) -> None:
        key, content = SET.child("720p", "1.m4s"), some_bytes(3_000_000)
        await storage.put_file(key, file(content), content_type="video/mp4")
        assert await content_of(storage, key, start=start, end=end) == content[start:end]

    async def test_local_copy_holds_the_bytes(self, storage: Storage, file: Callable[[bytes], Path]) -> None:
        await storage.put_file(KEY, file(b"original"), content_type="video/mp4")
        async with storage.local_copy(KEY) as path:
            assert path.read_bytes() == b"original"

    async def test_missing_object_is_missing(self, storage: Storage) -> None:
        assert await storage.stat(KEY) is None
        with pytest.raises(ObjectMissing):
            await content_of(storage, KEY)
        with pytest.raises(ObjectMissing):
            async with storage.local_copy(KEY):
                pass

    async def test_list_keeps_to_whole_segments(self, storage: Storage, file: Callable[[bytes], Path]) -> None:
        names = ["videos/a/s/x.m4s", "videos/a/s/deep/er/y.m4s", "videos/ab/s/x.m4s", "videos/b/s/x.m4s"]
        for name in names:
            await storage.put_file(StorageKey(name), file(b"bytes"), content_type="video/mp4")
        assert await keys_below(storage, StorageKey("videos/a")) == set(names[:2])
        assert await keys_below(storage, StorageKey("videos")) == set(names)
        assert await keys_below(storage, StorageKey("videos/c")) == set()

    async def test_delete_removes_only_what_is_named(self, storage: Storage, file: Callable[[bytes], Path]) -> None:
        gone, kept = SET.child("720p", "1.m4s"), SET.child("720p", "2.m4s")
        for key in (gone, kept):
            await storage.put_file(key, file(b"bytes"), content_type="video/mp4")
        await storage.delete([gone, SET.child("never", "there"), gone])
        assert await storage.stat(gone) is None
        assert await keys_below(storage, SET) == {str(kept)}

    async def test_deleted_key_can_be_stored_again(self, storage: Storage, file: Callable[[bytes], Path]) -> None:
        key = SET.child("720p", "1.m4s")
        await storage.put_file(key, file(b"first"), content_type="video/mp4")
        await storage.delete([key])
        await storage.put_file(key, file(b"second"), content_type="video/mp4")
        assert await content_of(storage, key) == b"second"

    @pytest.mark.parametrize("granted", [False, True])
    async def test_browser_reads_the_object(
        self, storage: Storage, http: StorageHttp, file: Callable[[bytes], Path], *, granted: bool
    ) -> None:
        key = SET.child("720p", "1.m4s")
        await storage.put_file(key, file(b"segment"), content_type="video/mp4")
        grant = ReadGrant(SET, "1.viewer", in_ten_minutes()) if granted else None
        assert await http.get(storage.url(key, grant)) == (200, b"segment")

    @pytest.mark.parametrize("name", ["clip.mp4", "Фильм «1» 🎬.mp4", 'a"b;c=d\\e%20f.mp4'])
    async def test_browser_saves_the_object_under_the_given_name(
        self, storage: Storage, http: StorageHttp, file: Callable[[bytes], Path], name: str
    ) -> None:
        await storage.put_file(KEY, file(b"original"), content_type="video/mp4")
        url = storage.url(KEY, ReadGrant(KEY, "1.owner", in_ten_minutes()), file_name=name)
        assert await http.get(url) == (200, b"original")
        assert await http.saved_as(url) == ("attachment", name)

    async def test_original_without_a_name_is_saved_too(
        self, storage: Storage, http: StorageHttp, file: Callable[[bytes], Path]
    ) -> None:
        await storage.put_file(KEY, file(b"original"), content_type="video/mp4")
        disposition, _ = await http.saved_as(storage.url(KEY, ReadGrant(KEY, "1.owner", in_ten_minutes())))
        assert disposition == "attachment"

    @pytest.mark.parametrize(
        "name",
        ["", ".", "..", "../x", "a/../b", "/etc/passwd", "A.m4s", "a\\b", "a\0", "\u212a", "é", " a", "a" * 2000],
    )
    async def test_p3_no_key_leads_out_of_its_place(self, storage: Storage, name: str) -> None:
        with pytest.raises(ValueError, match="is no storage key"):
            await storage.stat(SET.child(name))

    async def test_public_url_is_permanent(self, storage: Storage) -> None:
        urls = [storage.url(SET.child(name), None) for name in ("a.m4s", "a.m4s", "b.m4s")]
        assert [one == other for one, other in pairwise(urls)] == [True, False]

    async def test_grant_for_something_else_is_not_signed(self, storage: Storage) -> None:
        grant = ReadGrant(StorageKey("videos/other/set"), "1.viewer", in_ten_minutes())
        with pytest.raises(ValueError, match="videos/other/set"):
            storage.url(SET.child("a.m4s"), grant)

    async def test_missing_object_is_answered_with_an_error(self, storage: Storage, http: StorageHttp) -> None:
        grant = ReadGrant(SET, "1.viewer", in_ten_minutes())
        status, _ = await http.get(storage.url(SET.child("never.m4s"), grant))
        assert status >= 400
