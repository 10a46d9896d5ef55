"""R-6: a full disk fails no video. It waits, says so, takes nothing meanwhile, and goes on by itself."""

import errno
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from core.models import Job, JobState
from core.storage import StorageFull, StorageKey
from core.testing.sending import keys_below
from core.testing.sites import Browser, Site
from tests.core.videos.conftest import Opener
from tests.core.videos.failing import status_of
from tests.core.videos.observer import Watch
from tests.core.videos.stages import CHUNKS
from tests.fakes.storage_memory import MemoryStorage
from tests.fakes.transcoder_instant import InstantTranscoder, instant_video

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
MINUTE = instant_video(seconds=60, codec="vp9")
SILENT = instant_video(seconds=60, codec="vp9", audio=False)


def refusing(owner: type, name: str, error: Exception, after: int = 0) -> AbstractContextManager[None]:
    """Let a method do its work a number of times, and then find no room."""

    @contextmanager
    def patched() -> Iterator[None]:
        really, calls = getattr(owner, name), iter(range(after))

        async def call(*args: Any, **kwargs: Any) -> Any:
            if next(calls, None) is None:
                raise error
            return await really(*args, **kwargs)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(owner, name, call)
            yield

    return patched()


STORAGE_FULL = StorageFull("no space left on device")
FULL: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "storage": lambda: refusing(MemoryStorage, "put_file", STORAGE_FULL),
    "storage in the middle": lambda: refusing(MemoryStorage, "put_file", STORAGE_FULL, after=3),
    "admission": lambda: refusing(InstantTranscoder, "encode", STORAGE_FULL),
    "work folder": lambda: refusing(InstantTranscoder, "encode", OSError(errno.ENOSPC, "No space left on device")),
}


async def look_again(site: Site) -> None:
    """Let the time of whatever waits come, and work."""
    await Job.filter(state=JobState.READY, error_code="storage_full").update(run_at=LONG_AGO)
    await site.work()


@pytest.mark.parametrize("place", FULL)
async def test_r6_full_disk_is_waited_for_and_costs_nothing(
    site: Site, studio: Browser, watch: Watch, place: str
) -> None:
    video_id = str((await site.upload(studio, SILENT))["video_id"])
    with FULL[place]():
        await site.work()
        for _ in range(7):
            await look_again(site)
        status = await status_of(studio, video_id)
        assert (status["state"], status["failure"], status["waits_for"]["code"]) == ("processing", None, "storage_full")
        assert "as soon as there is room" in status["waits_for"]["advice"]
        assert await keys_below(site.services.storage, StorageKey("videos")) == set()
        assert list((site.services.settings.data_dir / "work").iterdir()) == []
        assert await Job.filter(attempts__gt=1).count() == 0
    await look_again(site)
    status = await status_of(studio, video_id)
    assert (status["state"], status["waits_for"]) == ("published", None)
    assert watch.heard == ["uploaded", "playable", "published", "processed"]


async def test_r6_what_is_watched_already_stays_while_the_rest_waits(site: Site, studio: Browser) -> None:
    video_id = str((await site.upload(studio, MINUTE))["video_id"])
    with refusing(MemoryStorage, "put_file", STORAGE_FULL, after=40):
        await site.work()
        status = await status_of(studio, video_id)
        assert (status["playable"], status["state"], status["waits_for"]["code"]) == (True, "playable", "storage_full")
        before = await keys_below(site.services.storage, StorageKey("videos"))
        await look_again(site)
        assert before == await keys_below(site.services.storage, StorageKey("videos"))
    await look_again(site)
    assert (await status_of(studio, video_id))["state"] == "published"


async def test_r6_log_says_what_is_waited_for(site: Site, studio: Browser, video_id: str) -> None:
    with FULL["storage"]():
        await site.work()
        waiting = (await studio.api("GET", f"/videos/{video_id}/processing")).json["jobs"][-1]
    assert (waiting["state"], waiting["attempts"], waiting["error"]["code"]) == ("waiting", 0, "storage_full")
    assert waiting["error"]["advice"] == "It goes on by itself as soon as there is room."
    assert [(one["waits"], one["worker"], one["error"]) for one in waiting["tries"]] == [(1, None, None)]


async def test_r6_waiting_without_end_fails_and_can_be_tried_again(opener: Opener) -> None:
    jobs = {"embedded_worker": False, "patience": 0}
    async with opener(settings={"chunks": CHUNKS, "jobs": jobs}) as site:
        studio = await site.browser(await site.user())
        video_id = str((await site.upload(studio, instant_video()))["video_id"])
        with FULL["storage"]():
            await site.work()
        status = await status_of(studio, video_id)
        assert (status["state"], status["failure"]["code"], status["waits_for"]) == ("failed", "storage_full", None)
        assert (await studio.api("POST", f"/videos/{video_id}/retry", {})).status == 202
        await site.work()
        assert (await status_of(studio, video_id))["state"] == "published"


async def test_r6_who_waits_can_be_cancelled(site: Site, studio: Browser, video_id: str) -> None:
    with FULL["storage"]():
        await site.work()
        assert (await studio.api("POST", f"/videos/{video_id}/cancel", {})).status == 200
    await look_again(site)
    status = await status_of(studio, video_id)
    assert (status["state"], status["waits_for"]) == ("cancelled", None)


async def test_other_trouble_of_the_system_counts_as_an_attempt(
    site: Site, studio: Browser, logs: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.jobs.worker.random.uniform", lambda *_: 60)
    video_id = str((await site.upload(studio, MINUTE))["video_id"])
    with refusing(InstantTranscoder, "encode", OSError(errno.EIO, "Input/output error")):
        await site.work()
    assert (await status_of(studio, video_id))["waits_for"] is None
    assert await Job.filter(attempts=1, state=JobState.READY, error_code__isnull=True).exists()
    assert {entry["event"] for entry in logs if entry["log_level"] == "error"} == {"job_error"}
    logs.clear()
