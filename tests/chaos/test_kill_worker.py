"""kill -9 of a `mutoscope worker` at every named moment of processing: another machine ends it, as if nothing were."""

import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.models import Job, JobState
from core.testing.sites import Browser
from core.videos.runs import CHUNK, COPY, FINISH, PROBE, SOUND
from tests.chaos.test_kill_server import LONG_POINTS
from tests.chaos.test_kill_server import POINTS as COPIED_POINTS
from tests.core.videos.stages import CHUNKS
from tests.fakes.transcoder_instant import instant_video
from tests.only_set import only_set, shape_of, work_folders
from tests.scaled import SCALED, ScaledSite, open_scaled

pytestmark = pytest.mark.slow

_COMMITS = ("before-commit", "after-commit")
_MAKES = ("encoded", "stored", *_COMMITS)
PLACES = {
    PROBE: ("planned", *_COMMITS),
    COPY: _MAKES,
    SOUND: _MAKES,
    CHUNK: _MAKES,
    FINISH: _COMMITS,
}
"""What each kind of job passes; `planned` is the probe's alone, and named after no kind."""
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
JOBS = {"lease": 60, "heartbeat": 20}
"""A worker that is slow, and not dead, keeps what it has."""


def point(kind: str, place: str) -> str:
    return "probe:planned" if place == "planned" else f"{kind}:{place}"


def test_every_moment_at_which_a_server_is_killed_is_one_of_a_worker() -> None:
    named = {point(kind, place) for kind, places in PLACES.items() for place in places}
    assert {each for each in [*COPIED_POINTS, *LONG_POINTS] if not each.startswith("upload:")} <= named


@pytest.fixture
async def site(scaled_tables: dict[str, dict[str, Any]], tmp_path: Path) -> AsyncIterator[ScaledSite]:
    """A worker beside a process that answers requests, with nothing in common but PostgreSQL, Valkey and S3."""
    tables = {**scaled_tables, "chunks": CHUNKS, "jobs": JOBS}
    async with open_scaled(tmp_path, [*SCALED, "transcoder_instant"], tables, web_here=True) as opened:
        yield opened


async def inherited(site: ScaledSite) -> None:
    """Let this process be the machine that goes on when the lease of the dead one is over."""
    await Job.filter(state=JobState.RUNNING).update(lease_until=LONG_AGO)
    await site.services.worker().drain()


@pytest.mark.parametrize("kind", PLACES)
async def test_r3_heir_of_a_killed_worker_makes_the_same_set_and_leaves_nothing(
    kind: str, site: ScaledSite, studio: Browser
) -> None:
    (worker,) = site.workers
    source = instant_video(seconds=60, codec="h264" if kind == COPY else "vp9")
    whole = str((await site.upload(studio, source))["video_id"])
    await inherited(site)
    expected = await shape_of(await only_set(site, whole))
    for place in PLACES[kind]:
        video_id = str((await site.upload(studio, source))["video_id"])
        await worker.start(fault=point(kind, place))
        assert await worker.ended() == -signal.SIGKILL, f"it never reached {point(kind, place)}"
        await inherited(site)
        assert await shape_of(await only_set(site, video_id)) == expected, place
        # What it died over lies there until it starts again, and nothing from before.
        own = set(await Job.filter(subject=video_id).values_list("id", flat=True))
        assert {path.name.partition("-")[0] for path in work_folders(site)} <= own
