"""R-3: whatever happens at any boundary of any step, the same video is published and nothing is left."""

import asyncio
import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tortoise.exceptions import DBConnectionError

from core.models import EncodedPart, Job, JobState, Rendition, RenditionSet, Video
from core.storage import StorageKey
from core.testing.sending import keys_below
from core.testing.sites import Browser, Site, open_site
from core.videos.sweeping import files_of
from tests.chaos.crashing import Crash
from tests.chaos.recording import assert_history, record
from tests.fakes import storage_memory, transcoder_instant
from tests.fakes.transcoder_instant import instant_video

pytestmark = pytest.mark.slow

PLUGINS = {"storage_memory": storage_memory, "transcoder_instant": transcoder_instant}
SETTINGS = {"chunks": {"shortest": 10, "longest": 20}}
SOURCES = {
    "copied": instant_video(seconds=60),
    "copied off the grid": instant_video(seconds=60, keyframes="none"),
    "encoded": instant_video(seconds=60, codec="vp9"),
    "short": instant_video(seconds=6, codec="vp9"),
}
_FEWEST = {"copied": 25, "copied off the grid": 25, "encoded": 25, "short": 14}
_TRIES = 8
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

Shape = list[tuple[str, str, list[tuple[str, float, int]]]]


class Killed(BaseException):
    """The end of a process: nothing of the job handles it."""


def _raise(error: BaseException) -> None:
    raise error


def _cancel() -> None:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()


MISHAPS: dict[str, Callable[[], None]] = {
    "killed": lambda: _raise(Killed()),
    "exception": lambda: _raise(Crash("a fault of ours")),
    "full disk": lambda: _raise(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))),
    "cancelled": _cancel,
    "database gone": lambda: _raise(DBConnectionError("the connection is lost")),
}


class Nth:
    """Equals the name of the fault point that is passed as number `number`, and remembers which that was."""

    def __init__(self, number: int) -> None:
        self.number, self.passed = number, list[str]()

    __hash__ = None  # type: ignore[assignment]  # nobody asks

    def __eq__(self, name: object) -> bool:
        self.passed.append(str(name))
        return len(self.passed) == self.number


@contextmanager
def happening(number: int, mishap: Callable[[], None]) -> Iterator[Nth]:
    """Let something happen at the fault point that is passed as number `number`."""

    class Mortal:
        getpid = staticmethod(lambda: 0)
        kill = staticmethod(lambda *_: mishap())

    with pytest.MonkeyPatch.context() as patch:
        armed = Nth(number)
        patch.setattr("core.faults._ARMED", armed)
        patch.setattr("core.faults.os", Mortal)
        yield armed


async def until_published(site: Site, browser: Browser, video_id: str) -> None:
    """Work as workers do that come and go, until there is nothing to be done now."""
    for _ in range(_TRIES):
        await site.work()
        held = await Job.filter(state=JobState.RUNNING).update(lease_until=LONG_AGO)
        waiting = await Job.filter(state=JobState.READY, error_code__isnull=False).update(run_at=LONG_AGO)
        if not held and not waiting:
            break
    status = (await browser.api("GET", f"/videos/{video_id}/status")).json
    assert (status["state"], status["failure"]) == ("published", None), status
    for _ in range(2):  # what is swept may enqueue nothing, but who knows
        await Job.filter(kind="videos.sweep_attempts").update(run_at=datetime.now(UTC))
        await site.work()


async def shape() -> Shape:
    """Return what there is to play, apart from where it lies."""
    (row,) = await RenditionSet.all()
    assert (row.complete, row.growing, (await Video.get()).current_set_id) == (True, False, row.id)
    return [
        (each.name, each.codecs, [(name.rpartition("/")[2], seconds, size) for name, seconds, size in each.segments])
        for each in await Rendition.all().order_by("name")
    ]


async def assert_nothing_is_left(site: Site) -> None:
    row = await RenditionSet.get().prefetch_related("renditions")
    named = {str(row.key(name)) for name in files_of(row, list(row.renditions))}
    assert await keys_below(site.services.storage, StorageKey("videos")) == named
    assert not await EncodedPart.exists()
    kinds = await Job.filter(state__in=[JobState.READY, JobState.RUNNING]).values_list("kind", flat=True)
    assert set(map(str, kinds)) <= {"uploads.expire"}
    assert not await Job.filter(state__in=[JobState.FAILED, JobState.CANCELLED]).exists()
    work = site.services.settings.data_dir / "work"
    assert not work.exists() or list(work.iterdir()) == []


async def clear(site: Site) -> None:
    await Job.all().delete()
    await Video.all().delete()
    memory: Any = site.services.storage
    memory.objects.clear()
    memory.uploads.clear()


@pytest.mark.parametrize("mishap", MISHAPS)
@pytest.mark.parametrize("source", SOURCES)
async def test_r3_same_video_is_published_whatever_happens_at_any_boundary(
    source: str, mishap: str, tmp_path: Path, logs: list[Any]
) -> None:
    expected: Shape | None = None
    done: list[Any] = []
    number, reached = 0, True
    async with open_site(tmp_path / "data", PLUGINS, SETTINGS) as site:
        record(tmp_path / "data")
        studio = await site.browser(await site.user())
        while reached:  # number 0 is never reached: the first run shows what is to be published
            video_id = str((await site.upload(studio, SOURCES[source]))["video_id"])
            with happening(number, MISHAPS[mishap]) as armed:
                await site.work()
            reached = number == 0 or len(armed.passed) >= number
            await until_published(site, studio, video_id)
            expected = expected or await shape()
            point = armed.passed[number - 1] if number and reached else "nowhere"
            assert await shape() == expected, point
            await assert_nothing_is_left(site)
            await clear(site)
            number += 1
            done += [entry for entry in logs if entry["event"] == "job_done"]
            logs.clear()
    assert number > _FEWEST[source]
    assert_history(tmp_path / "data", log=done)
