"""A move may end anywhere, as often as it likes, and several may run at once: the next run goes on, nothing is lost."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import pytest

from core.models import CopyState, Job, JobState, StorageCopy, Upload
from core.storage_moves import copies, copying, dropping, moving
from core.storage_moves.assets import asset_of_upload
from core.testing.sites import Site
from tests.core.storage_moves.watching import Mover, Viewer, contents, storages_of_rows
from tests.fakes.storage_memory import MemoryStorage

pytestmark = pytest.mark.slow

POINTS = [
    "move:registered",
    "move:stored",
    "move:copied",
    "move:flipping",
    "move:flipped",
    "move:dropping",
    "move:dropped",
]


class Interrupted(Exception):
    """Stands for whatever ends a run."""


@pytest.fixture
def at_points(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[str], None]], None]:
    """Let a function be called at every fault point."""

    def watch(reached: Callable[[str], None]) -> None:
        for module in (copies, copying, dropping, moving):
            monkeypatch.setattr(module, "fault_point", reached)

    return watch


async def until_done(mover: Mover, to: str, *, back: bool = False) -> int:
    """Run the same command until it says that nothing is left; return how often it was run."""
    for runs in range(1, 200):
        with suppress(Interrupted):
            assert await mover.move(to, back=back)
            return runs
    raise AssertionError("it never came to an end")


@pytest.mark.parametrize("point", POINTS)
async def test_run_that_ends_at_any_point_is_gone_on_with_and_nothing_is_left(
    mover: Mover,
    viewer: Viewer,
    house: MemoryStorage,
    attic: MemoryStorage,
    at_points: Callable[..., None],
    logs: list[dict[str, object]],
    point: str,
) -> None:
    before, left = contents(house), [point]

    def end_once(reached: str) -> None:
        if reached in left:
            left.remove(reached)
            raise Interrupted(reached)

    at_points(end_once)
    async with viewer.watching():
        await until_done(mover, "attic")
    await mover.after_six_hours()
    assert await viewer.watch()
    assert (left, house.objects, contents(attic)) == ([], {}, before)
    assert (viewer.troubles, await StorageCopy.all().count()) == ([], 0)
    assert not await Job.filter(state=JobState.FAILED).exists()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
async def test_interrupted_again_and_again_it_ends_where_it_should(
    mover: Mover, viewer: Viewer, house: MemoryStorage, attic: MemoryStorage, at_points: Callable[..., None], seed: int
) -> None:
    before, chance, moments = contents(house), random.Random(seed), Counter[str]()  # noqa: S311 - reproducible, not secret

    def perhaps_end(reached: str) -> None:
        if chance.random() < 0.1:
            moments[reached] += 1
            raise Interrupted(reached)

    at_points(perhaps_end)
    async with viewer.watching():
        for _ in range(3):
            await until_done(mover, "attic")
            assert {*await storages_of_rows()} == {"attic"}
            await until_done(mover, "attic", back=True)
    at_points(lambda _: None)
    await mover.after_six_hours()
    assert await viewer.watch()
    assert (viewer.troubles, contents(house), attic.objects) == ([], before, {})
    assert moments


async def test_objects_that_arrived_are_not_sent_again(
    mover: Mover, viewer: Viewer, attic: MemoryStorage, at_points: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, put = Counter[str](), attic.put_file

    async def counted(key: str, *args: object, **options: object) -> object:
        stored = await put(key, *args, **options)  # type: ignore[arg-type]  # as it was called
        sent[key] += 1
        return stored

    def end(reached: str) -> None:
        if reached == "move:stored" and len(sent) % 3 == 0:
            raise Interrupted

    monkeypatch.setattr(attic, "put_file", counted)
    at_points(end)
    with suppress(Interrupted):
        await mover.move("attic")
    at_points(lambda _: None)
    assert await mover.move("attic")
    assert (max(sent.values()), len(sent)) == (1, len(attic.objects))


async def test_copy_of_a_run_that_was_killed_is_taken_over_when_its_lease_is_over(
    mover: Mover, viewer: Viewer, attic: MemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "_WAIT_SECONDS", 0.01)
    original = await Upload.get()
    dead = copies.Copies(mover.site.services, "killed")
    copy, _ = await dead.begin(asset_of_upload(original), "attic")
    running = asyncio.create_task(mover.move("attic"))
    while not any("another run" in line for line in mover.said):
        await asyncio.sleep(0.01)
    assert (await Upload.get()).storage == "storage_memory"
    await mover.die()
    assert await running
    assert ((await Upload.get()).storage, (await Upload.get()).key) == ("attic", copy.prefix)


async def test_run_that_lost_its_copy_changes_nothing(
    mover: Mover, viewer: Viewer, at_points: Callable[..., None]
) -> None:
    frozen = copies.Copies(mover.site.services, "frozen")
    asset = asset_of_upload(await Upload.get())
    copy, _ = await frozen.begin(asset, "attic")
    await mover.die()
    assert await mover.move("attic")
    await frozen.discard(copy)
    with pytest.raises((copies.CopyLost, copies.AssetGone)):
        async with mover.site.services.jobs.transaction() as work:
            await frozen.flip(work, asset, copy, moved_from=None, keep_seconds=1)
    assert await viewer.watch()
    assert (await StorageCopy.get(id=copy.id)).state is CopyState.LEAVING


async def test_two_runs_share_the_work_and_send_nothing_twice(
    site: Site, viewer: Viewer, attic: MemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "_WAIT_SECONDS", 0.01)
    sent, put = Counter[str](), attic.put_file

    async def counted(key: str, *args: object, **options: object) -> object:
        stored = await put(key, *args, **options)  # type: ignore[arg-type]  # as it was called
        sent[key] += 1
        return stored

    monkeypatch.setattr(attic, "put_file", counted)
    one, other = Mover(site), Mover(site)
    assert tuple(await asyncio.gather(one.move("attic"), other.move("attic"))) == (True, True)
    assert (max(sent.values()), len(sent), await StorageCopy.all().count()) == (1, len(attic.objects), 3)
    assert await viewer.watch()


async def test_runs_in_both_directions_at_once_lose_nothing(
    site: Site, viewer: Viewer, house: MemoryStorage, attic: MemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(house)
    async with viewer.watching():
        await asyncio.gather(Mover(site).move("attic"), Mover(site).move("attic", back=True))
        await Mover(site).move("attic", back=True)
    await Mover(site).after_six_hours()
    assert await viewer.watch()
    assert (viewer.troubles, contents(house), attic.objects) == ([], before, {})


async def test_lease_is_renewed_while_a_large_file_is_copied(
    mover: Mover, viewer: Viewer, attic: MemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "LEASE_SECONDS", 0.3)
    put, may_go_on = attic.put_file, asyncio.Event()

    async def slow(*args: object, **options: object) -> object:
        await may_go_on.wait()
        return await put(*args, **options)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(attic, "put_file", slow)
    running = asyncio.create_task(mover.move("attic"))
    leases = set[object]()
    async with asyncio.timeout(30):
        while len(leases) < 4:
            leases |= {copy.lease_until for copy in await StorageCopy.filter(asset=(await Upload.get()).id)}
            await asyncio.sleep(0.01)
    may_go_on.set()
    assert await running


async def test_cancelled_run_gives_its_copies_up_at_once(
    mover: Mover, viewer: Viewer, attic: MemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def never(*_: object, **__: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr(attic, "put_file", never)
        running = asyncio.create_task(mover.move("attic"))
        await asyncio.wait_for(begun.wait(), 10)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert await StorageCopy.filter(holder__isnull=False).count() == 0
    assert await mover.move("attic")
    assert await viewer.watch()
