"""Work that might fill the disk is not begun: what others were promised counts, and so does the floor."""

import asyncio
import shutil
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.room import room_for, size_of
from core.storage import StorageFull

MIB = 1024**2
SetFree = Callable[[int], None]


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> SetFree:
    """Say how many MiB of every disk are free, besides what is written."""
    return lambda mib: monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=mib * MIB))


async def fits(path: Path, mib: int, *, floor: int = 0) -> bool:
    try:
        async with room_for(path, mib * MIB, floor=floor * MIB):
            return True
    except StorageFull:
        return False


@pytest.mark.parametrize(
    ("size", "floor", "answer"), [(100, 0, True), (101, 0, False), (60, 40, True), (61, 40, False)]
)
async def test_r6_floor_is_kept_to_the_byte(
    tmp_path: Path, free: SetFree, size: int, floor: int, *, answer: bool
) -> None:
    free(100)
    assert await fits(tmp_path, size, floor=floor) is answer


async def test_r6_two_at_once_are_not_promised_the_same_room(tmp_path: Path, free: SetFree) -> None:
    free(100)
    other = tmp_path / "other"
    other.mkdir()
    async with room_for(other, 60 * MIB, floor=10 * MIB):
        assert await fits(tmp_path, 30, floor=10)
        assert not await fits(tmp_path, 31, floor=10)
    assert await fits(tmp_path, 90, floor=10)


async def test_r6_of_many_who_ask_at_the_same_moment_as_many_are_let_in_as_fit(tmp_path: Path, free: SetFree) -> None:
    free(100)
    async with AsyncExitStack() as stack:
        asking = [stack.enter_async_context(room_for(tmp_path, 30 * MIB, floor=0)) for _ in range(8)]
        answers = await asyncio.gather(*asking, return_exceptions=True)
    assert sum(isinstance(answer, StorageFull) for answer in answers) == 5
    assert await fits(tmp_path, 100)


async def test_what_is_written_already_is_not_counted_twice(tmp_path: Path, free: SetFree) -> None:
    busy = tmp_path / "busy"
    busy.mkdir()
    free(100)
    async with room_for(busy, 60 * MIB, floor=0):
        (busy / "segment").write_bytes(bytes(50 * MIB))
        free(50)
        assert await fits(tmp_path, 40)
        assert not await fits(tmp_path, 41)


async def test_refusal_says_what_is_needed_and_what_to_do(tmp_path: Path, free: SetFree) -> None:
    free(100)
    async with room_for(tmp_path, 20 * MIB, floor=0):
        with pytest.raises(
            StorageFull, match=r"71 MiB;.* 100 MiB free, of which 20 MiB .* 10 MiB stay free .*Make room"
        ):
            async with room_for(tmp_path, 71 * MIB, floor=10 * MIB):
                pass


async def test_who_is_cancelled_while_it_asks_holds_nothing(
    tmp_path: Path, free: SetFree, monkeypatch: pytest.MonkeyPatch
) -> None:
    free(100)
    for _ in range(20):
        asking = asyncio.create_task(fits(tmp_path, 90))
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking])
    async with asyncio.timeout(20):  # the thread that was asked may answer late
        while not await fits(tmp_path, 100):
            await asyncio.sleep(0.01)


def test_size_is_that_of_all_files_below(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "one").write_bytes(b"1234")
    (tmp_path / "a" / "b" / "two").write_bytes(b"123")
    assert (size_of(tmp_path), size_of(tmp_path / "one"), size_of(tmp_path / "gone")) == (7, 4, 0)
