"""R-4 on several machines: a frozen worker wakes when another has done its work, and changes no row and no object."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from core.models import EncodedPart, Job, JobState, RenditionSet
from core.storage import StorageKey
from core.testing.sending import keys_below
from core.videos.runs import CHUNK, PROBE, SOUND, SWEEP
from tests.chaos.test_frozen import LONG_AGO, SETTINGS, stopped, what_is_watched
from tests.core.videos.stages import run_only
from tests.fakes.transcoder_instant import instant_video
from tests.only_set import only_set
from tests.scaled import SCALED, open_scaled

pytestmark = pytest.mark.slow

_WORKING = (JobState.READY, JobState.RUNNING)


async def until_swept() -> None:
    """Wait until the worker that woke up has swept: it does one job at a time, so it is through with the late one."""
    async with asyncio.timeout(120):
        while await Job.filter(kind=SWEEP, state__in=_WORKING).exists():
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("end", ["published", "cancelled"])
async def test_r4_late_result_of_a_frozen_machine_is_refused(
    end: str, scaled_tables: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    tables = {**scaled_tables, **SETTINGS}
    async with open_scaled(tmp_path, [*SCALED, "transcoder_frozen"], tables, web_here=True) as site:
        studio = await site.browser(await site.user())
        video_id = str((await site.upload(studio, instant_video(seconds=60, codec="vp9")))["video_id"])
        await run_only(site, [PROBE, SOUND])
        (frozen,) = site.workers
        await frozen.start()
        pid = await stopped(frozen)
        late = await Job.get(kind=CHUNK, state=JobState.RUNNING)
        if end == "cancelled":
            assert (await studio.api("POST", f"/videos/{video_id}/cancel", {})).status == 200
        else:
            await Job.filter(id=late.id).update(lease_until=LONG_AGO)
            await site.services.worker().drain()
        before = await what_is_watched()
        await Job.filter(kind=SWEEP, state=JobState.READY).update(run_at=LONG_AGO)
        os.kill(pid, signal.SIGCONT)
        await until_swept()
        await late.refresh_from_db()
        assert await what_is_watched() == before
        assert '"job_lease_lost"' in frozen.log() or end == "cancelled"
        if end == "published":
            assert (late.state, late.fence, late.attempts) == (JobState.DONE, 2, 2)
            await only_set(site, video_id)
            return
        assert late.state is JobState.CANCELLED
        assert not await RenditionSet.exists()
        assert not await EncodedPart.exists()
        assert await keys_below(site.services.storage, StorageKey("videos")) == set()
