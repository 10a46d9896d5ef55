"""R-2, R-4, R-5: worker processes share the table, freeze and die, and every job still ends exactly once."""

import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from core.database import open_database
from core.jobs import JobQueue
from core.models import Job, JobState
from tests.core.database_processes import join, start
from tests.core.jobs.job_processes import POISON, finish_when_told, work_until_all_ended
from tests.core.jobs.running import CORE_APP, QUICK, CountingBell, add, fresh, until

pytestmark = pytest.mark.slow


async def test_worker_processes_run_each_job_once(jobs_url: str, tmp_path: Path) -> None:
    async with open_database(jobs_url, [CORE_APP]):
        jobs = await add(JobQueue(CountingBell()), *(str(number) for number in range(30)))
    ran = tmp_path / "ran"

    crowd = [start(work_until_all_ended, jobs_url, ran) for _ in range(3)]

    assert [join(process) for process in crowd] == [0, 0, 0]
    assert Counter(ran.read_text().split()) == Counter(job.id for job in jobs)
    async with open_database(jobs_url, [CORE_APP]):
        assert {job.state for job in await Job.all()} == {JobState.DONE}


async def test_t12_job_that_kills_its_worker_fails_in_the_end_and_the_others_finish(
    jobs_url: str, tmp_path: Path
) -> None:
    async with open_database(jobs_url, [CORE_APP]):
        queue = JobQueue(CountingBell())
        (poison,) = await add(queue, kind=POISON)
        others = await add(queue, *"abcdef")
    ran = tmp_path / "ran"

    deaths = 0
    while join(start(work_until_all_ended, jobs_url, ran)) == -signal.SIGKILL:
        deaths += 1

    assert deaths == QUICK.attempts
    assert Counter(ran.read_text().split())[poison.id] == QUICK.attempts
    async with open_database(jobs_url, [CORE_APP]):
        assert {(await fresh(job)).state for job in others} == {JobState.DONE}
        ended = await fresh(poison)
        assert (ended.state, ended.error_code) == (JobState.FAILED, "too_many_attempts")
        assert ended.error_detail == "the worker died each time"


def has_begun(sign: Path) -> Callable[[], Awaitable[bool]]:
    """Return a condition: the sign that a process makes is there."""

    async def exists() -> bool:
        return sign in sign.parent.iterdir()

    return exists


async def test_process_that_was_frozen_past_its_lease_changes_nothing(jobs_url: str, tmp_path: Path) -> None:
    async with open_database(jobs_url, [CORE_APP]):
        (job,) = await add(JobQueue(CountingBell()))
        frozen = start(finish_when_told, jobs_url, "frozen", tmp_path)
        try:
            await until(has_begun(tmp_path / "frozen"))
            os.kill(frozen.pid or 0, signal.SIGSTOP)
            second = start(finish_when_told, jobs_url, "second", tmp_path)
            await until(has_begun(tmp_path / "second"))
            (tmp_path / "go").touch()
            assert join(second) == 0
            os.kill(frozen.pid or 0, signal.SIGCONT)
            assert join(frozen) == 0
        finally:
            frozen.kill()

        assert [following.payload for following in await Job.filter(kind="demo.next")] == [{"by": "second"}]
        ended = await fresh(job)
        assert (ended.state, ended.attempts, ended.fence) == (JobState.DONE, 2, 2)
