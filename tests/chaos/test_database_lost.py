"""The database hangs up, and goes away, in the middle of everything: the video is published in the end (R-3, R-7)."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import psutil
import pytest
from tortoise.exceptions import BaseORMException

from core.models import Job, JobState, User
from core.testing.sites import Browser
from core.videos.runs import CHUNK
from tests.chaos import transcoder_patient
from tests.chaos.server import FAKES
from tests.core.videos.stages import CHUNKS
from tests.fakes.transcoder_instant import instant_video
from tests.only_set import only_set
from tests.postgres import PostgresServer
from tests.scaled import SCALED, Tables, at_rest, open_scaled

pytestmark = pytest.mark.slow

LOST = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, BaseORMException)
DATABASE = "site"
_HANG_UP = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{DATABASE}'"
_PATIENCE = 120


class MortalPostgres(PostgresServer):
    """A server of a test's own, that can be stopped and started again."""

    def hang_up(self) -> None:
        """End every connection to the site's database."""
        self.run(_HANG_UP)

    def go(self) -> None:
        """End every connection, and take no more."""
        postmaster = psutil.Process(self._server.get_pid())
        postmaster.send_signal(signal.SIGINT)
        postmaster.wait(_PATIENCE)

    def come_back(self) -> None:
        """Listen where it did before."""
        self._server.ensure_postgres_running()


@pytest.fixture
def mortal() -> Iterator[MortalPostgres]:
    """Start a server with an empty database."""
    with TemporaryDirectory(prefix="postgres-") as folder:
        server = MortalPostgres(Path(folder) / "data")
        try:
            server.run(f"CREATE DATABASE {DATABASE}")
            yield server
        finally:
            server.stop()


async def until(true: Callable[[], Awaitable[object]]) -> None:
    """Wait until something is true; where the database says nothing, it is asked again."""
    async with asyncio.timeout(_PATIENCE):
        while True:
            with suppress(*LOST):
                if await true():
                    return
            await asyncio.sleep(0.02)


def encoding(done: int) -> Callable[[], Awaitable[bool]]:
    """Return what asks whether a chunk is in the middle of its encoding, after `done` others."""

    async def ask() -> bool:
        chunks = Job.filter(kind=CHUNK)
        running = chunks.filter(state=JobState.RUNNING, progress__gt=0)
        return await chunks.filter(state=JobState.DONE).count() == done and await running.exists()

    return ask


@asynccontextmanager
async def always_asked(browser: Browser, *paths: str) -> AsyncIterator[Counter[int]]:
    """Ask for these again and again until the end of the block; yields how often which status was answered."""
    answers: Counter[int] = Counter()
    ended = asyncio.Event()

    async def keep_asking(path: str) -> None:
        while not ended.is_set():
            answers[(await browser.get(path)).status] += 1
            await asyncio.sleep(0.01)

    async with asyncio.TaskGroup() as group:
        for path in paths:
            group.create_task(keep_asking(path))
        try:
            yield answers
        finally:
            ended.set()


async def test_r3_and_r7_video_is_published_although_the_database_hangs_up_and_goes_away(
    mortal: MortalPostgres,
    scaled_tables: dict[str, dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(FAKES, "transcoder_patient", transcoder_patient)
    tables: Tables = {**scaled_tables, "chunks": CHUNKS, "database": {"url": mortal.url(DATABASE)}}
    async with open_scaled(tmp_path, [*SCALED, "transcoder_patient"], tables) as site:
        studio = await site.browser(await site.user())
        video_id = str((await site.upload(studio, instant_video(seconds=60, codec="vp9")))["video_id"])
        await site.start_workers()
        asked = (f"/api/v1/videos/{video_id}/status", f"/studio/videos/{video_id}", "/readyz")
        async with always_asked(studio, *asked) as answers:
            await until(encoding(done=0))
            mortal.hang_up()
            await until(encoding(done=1))
            mortal.go()
            refused = answers[503]
            async with asyncio.timeout(_PATIENCE):
                while answers[503] == refused:
                    await asyncio.sleep(0.02)
            mortal.come_back()
            await until(User.exists)
            answered = answers[200]
            await at_rest()
        assert answers[200] > answered
        assert set(answers) <= {200, 503}
        status = (await studio.api("GET", f"/videos/{video_id}/status")).json
        assert (status["state"], status["failure"]) == ("published", None)
        await only_set(site, video_id)
