"""What becomes of the jobs of a dead worker, and when; and whose clock says so (R-2, R-10)."""

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.database import open_database
from core.jobs import JobQueue, table
from core.jobs.bell import LocalBroker
from core.models import JobState
from core.settings import JobSettings
from tests.core.database_processes import start
from tests.core.jobs.job_processes import finish_when_told
from tests.core.jobs.running import CORE_APP, KIND, QUICK, CountingBell, a_worker, add, fresh, succeed, until
from tests.core.jobs.test_bell import listening
from tests.core.jobs.test_worker_processes import has_begun

pytestmark = pytest.mark.slow

TAKE_OVER = 45
SLACK = 5  # of these, for the claim itself


def test_r2_production_times_leave_room_for_a_take_over() -> None:
    jobs = JobSettings()
    assert jobs.lease + jobs.sweep + SLACK <= TAKE_OVER


async def test_r2_job_of_a_killed_worker_is_taken_over_when_its_lease_is_over(jobs_url: str, tmp_path: Path) -> None:
    async with open_database(jobs_url, [CORE_APP]):
        (job,) = await add(JobQueue(CountingBell()))
        dead = start(finish_when_told, jobs_url, "dead", tmp_path)
        await until(has_begun(tmp_path / "dead"))
        dead.kill()
        dead.join()
        over = (await fresh(job)).lease_until
        assert over is not None
        async with listening(LocalBroker(2), succeed, QUICK):

            async def ended() -> bool:
                return (await fresh(job)).state is JobState.DONE

            await until(ended)
        taken = await fresh(job)
        assert (taken.fence, taken.attempts) == (2, 2)
        assert taken.finished_at is not None
        assert timedelta(0) <= taken.finished_at - over <= timedelta(seconds=QUICK.sweep + SLACK)


@pytest.mark.parametrize("hours", [-2, -1 / 12, 1 / 12, 2])
async def test_r10_clock_of_a_worker_neither_takes_nor_loses_a_lease(
    hours: float, postgres_jobs_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Wrong(datetime):
        @classmethod
        def now(cls, tz: object = None) -> "Wrong":  # noqa: ARG003 - as datetime has it
            return cls.fromtimestamp(datetime.now(UTC).timestamp() + hours * 3600, UTC)

    async with open_database(postgres_jobs_url, [CORE_APP]):
        (job,) = await add(JobQueue(CountingBell()))
        held = await table.claim("right", [KIND], QUICK)
        assert held is not None
        monkeypatch.setattr("core.database.datetime", Wrong)
        assert await table.claim("wrong", [KIND], QUICK) is None
        assert await table.renew(held, 60)
        left = (await fresh(job)).lease_until
        assert left is not None
        assert abs(left - datetime.now(UTC) - timedelta(seconds=60)) < timedelta(seconds=30)
        await a_worker(JobQueue(CountingBell()), succeed, QUICK).drain()
        assert (await fresh(job)).worker == "right"


def test_r10_jobs_ask_for_no_time_of_day_but_the_databases() -> None:
    clocks = {"now", "utcnow", "today", "time", "time_ns"}
    asked = [
        f"{path.name}:{node.lineno}"
        for path in Path("core/jobs").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in clocks
    ]
    assert asked == []
