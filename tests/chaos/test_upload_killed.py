"""kill -9 of the server while it is asked, before it answers, while it works: no accepted byte is lost (R-1, R-3)."""

import asyncio
import random
from pathlib import Path

import pytest

from core.app import running_web
from core.services import open_services
from tests.chaos.aftermath import check_aftermath
from tests.chaos.conftest import StageOpener
from tests.chaos.plans import plan_with_kills
from tests.chaos.server import Server
from tests.chaos.uploader import Uploader

pytestmark = pytest.mark.slow

SEEDS = range(28)


@pytest.mark.parametrize("seed", SEEDS)
async def test_upload_survives_kills(seed: int, tmp_path: Path, open_stage: StageOpener) -> None:
    plan = plan_with_kills(seed)
    moment = random.Random(seed).uniform(0, 0.4)  # noqa: S311 - reproducible, not secret
    async with open_stage(plan) as stage:
        server = Server(tmp_path / "data", plugins=[plan.storage, "transcoder_instant"], settings=stage.settings)
        stage.cookie = await server.prepare()
        try:
            await stage.play_on(server)
            await Uploader(stage).run()
            await asyncio.sleep(moment)  # into the processing, as far as the seed says
        finally:
            await server.kill()
        stage.journal.tell(f"killed {moment:.3f} s after the upload")
        async with open_services(*server.configure()) as services, running_web(services, port=0) as port:
            stage.site.port = port
            await check_aftermath(stage, services)
