"""Moves while stores, disks and code fail: the video plays on, and all lies where the rows say (R-1, R-6, R-9)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.typing import EventDict

from core.http.sessions import cookie_name, start_session
from core.models import RenditionSet, Role, StorageCopy, Upload
from core.storage import StorageError
from core.storage_moves import Course, Move, MoveStopped
from core.testing.sites import Site, open_site
from tests.chaos.aftermath import check_aftermath
from tests.chaos.conftest import StageOpener
from tests.chaos.crashing import Crash
from tests.chaos.dealing import MOVES, plan_of_move
from tests.chaos.leftovers import sweep, wake
from tests.chaos.mishaps import MOVE_POINTS, Step
from tests.chaos.plans import Back, Plan
from tests.chaos.recording import record
from tests.chaos.server import Server
from tests.chaos.stage import Stage, Trial
from tests.chaos.viewer import always_watched
from tests.fakes import transcoder_instant

pytestmark = pytest.mark.slow

PLUGINS = {"storage_disk": None, "storage_s3": None, "transcoder_instant": transcoder_instant}
_TRIES = 12


@asynccontextmanager
async def one_video(plan: Plan, data_dir: Path, open_stage: StageOpener) -> AsyncIterator[tuple[Stage, Site, str]]:
    """A site with one published video of one creator."""
    async with open_stage(plan) as stage, open_site(data_dir, PLUGINS, stage.settings) as site:
        record(data_dir)
        stage.site.port = int(site.url.rpartition(":")[2])
        user, configured = await site.user("ada", Role.CREATOR), site.services.settings
        stage.cookie = (cookie_name(configured), await start_session(user, configured))
        async with stage.browser() as browser:
            upload = await site.upload(browser, plan.content)
        stage.journal.acknowledge(upload["id"])
        await site.work()
        await sweep(site.services)
        yield stage, site, upload["video_id"]


async def move(stage: Stage, site: Site, course: Course, step: Step) -> None:
    """Run the move until it has nothing left to do and nothing more goes wrong."""
    for _ in range(_TRIES):
        done = False
        try:
            async with stage.trying(step) as trial:
                done = await Move(site.services, course, stage.journal.tell).run()
        except (Crash, MoveStopped, StorageError) as error:
            stage.journal.tell(f"{step}: {type(error).__name__} {error}")
        if done and not trial.happened:
            return
    raise AssertionError(f"not moved in {_TRIES} tries")


async def move_back(stage: Stage, site: Site) -> None:
    """Undo the move."""
    await move(stage, site, Course(stage.plan.moves_to, back=True), Step.BACK)
    assert await places() == {stage.plan.storage}


async def drop(stage: Stage, site: Site) -> None:
    """Let what was left be dropped, whatever happens to that."""
    trial = Trial(happened=True)
    while trial.happened:
        async with stage.trying(Step.DROP) as trial:
            await StorageCopy.all().update(keep_until="2000-01-01T00:00:00+00:00")
            await sweep(site.services)


async def places() -> set[str]:
    """Return the storages in which rows say that something lies."""
    uploads = await Upload.all().values_list("storage", flat=True)
    return {str(name) for name in [*uploads, *await RenditionSet.all().values_list("storage", flat=True)]}


@pytest.mark.parametrize("seed", MOVES)
async def test_r_9_move_survives(seed: int, tmp_path: Path, open_stage: StageOpener, logs: list[EventDict]) -> None:
    plan = plan_of_move(seed)
    async with one_video(plan, tmp_path / "data", open_stage) as (stage, site, video_id):
        async with stage.browser() as viewer:
            async with always_watched(viewer, video_id):
                await move(stage, site, Course(plan.moves_to), Step.MOVE)
                assert await places() == {plan.moves_to}
                if plan.back is Back.AT_ONCE:
                    await move_back(stage, site)
            if plan.back is Back.LATER:
                await drop(stage, site)
                async with always_watched(viewer, video_id):
                    await move_back(stage, site)
        await drop(stage, site)
        await check_aftermath(stage, site.services)
        assert await StorageCopy.all().count() == 0
        stage.assert_played()


@pytest.mark.parametrize("point", MOVE_POINTS)
@pytest.mark.parametrize("back", [False, True], ids=["there", "back"])
async def test_r_1_killed_move_goes_on(point: str, back: bool, tmp_path: Path, open_stage: StageOpener) -> None:  # noqa: FBT001 - a parameter
    plan = next(plan for plan in map(plan_of_move, MOVES) if (plan.storage == "storage_s3") is back)
    plan.mishaps.clear()
    arguments = ["storage", "move", "--to", plan.moves_to]
    async with one_video(plan, tmp_path / "data", open_stage) as (stage, site, video_id):
        command = Server(tmp_path / "data", plugins=list(PLUGINS), settings=stage.settings)
        async with stage.browser() as viewer, always_watched(viewer, video_id):
            if back:
                await move(stage, site, Course(plan.moves_to), Step.MOVE)
            for fault, expected in ((point, -9), ("", 0)):
                assert await command.run([*arguments, *(["--back"] if back else [])], fault) == expected, command.log()
                await StorageCopy.all().update(lease_until=None)  # half a minute later
            assert await places() == {plan.storage if back else plan.moves_to}
        await wake()
        await check_aftermath(stage, site.services)
