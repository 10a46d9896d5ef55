"""kill -9 of the server while it is asked, before it answers, while it works: no accepted byte is lost (R-1, R-3)."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from core.app import running_web
from core.services import open_services
from core.testing.sites import Site
from tests.chaos.aftermath import check_aftermath
from tests.chaos.conftest import StageOpener
from tests.chaos.dealing import KILLED, plan_with_kills
from tests.chaos.older import publish_older
from tests.chaos.plans import Ending
from tests.chaos.server import Server
from tests.chaos.stage import Stage
from tests.chaos.uploader import Uploader

pytestmark = pytest.mark.slow


@asynccontextmanager
async def played_here(server: Server, stage: Stage) -> AsyncIterator[Site]:
    """The server's site in this process, while that one is dead."""
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(open_services(*server.configure()))
        stage.site.port = await stack.enter_async_context(running_web(services, port=0))
        yield Site(services, f"http://127.0.0.1:{stage.site.port}", stack)


@pytest.mark.parametrize("seed", KILLED)
async def test_r_1_upload_survives_kills(seed: int, tmp_path: Path, open_stage: StageOpener) -> None:
    plan, replaces = plan_with_kills(seed), None
    moment = random.Random(seed).uniform(0, 0.4)  # noqa: S311 - reproducible, not secret
    async with open_stage(plan) as stage:
        server = Server(tmp_path / "data", plugins=[plan.storage, "transcoder_instant"], settings=stage.settings)
        stage.cookie = await server.prepare()
        if plan.ending is Ending.REPLACES:
            async with played_here(server, stage) as site:
                replaces = await publish_older(stage, site)
        try:
            await stage.play_on(server)
            await Uploader(stage, replaces).run()
            await asyncio.sleep(moment)  # into the processing, as far as the seed says
        finally:
            await server.kill()
        stage.journal.tell(f"killed {moment:.3f} s after the upload")
        stage.assert_played()
        async with played_here(server, stage) as site:
            await check_aftermath(stage, site.services)
