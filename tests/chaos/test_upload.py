"""Uploads while networks, stores, disks and code fail: nothing accepted is lost, nothing is left (R-1, R-6, R-9)."""

from pathlib import Path

import pytest
from structlog.typing import EventDict

from core.http.sessions import cookie_name, start_session
from core.models import Role
from core.testing.sites import open_site
from tests.chaos.aftermath import check_aftermath
from tests.chaos.conftest import StageOpener
from tests.chaos.crashing import Crash
from tests.chaos.dealing import UPLOADS, plan_in_process
from tests.chaos.older import publish_older
from tests.chaos.plans import Ending
from tests.chaos.recording import record
from tests.chaos.uploader import Uploader
from tests.fakes import transcoder_instant

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", UPLOADS)
async def test_r_9_upload_survives(seed: int, tmp_path: Path, open_stage: StageOpener, logs: list[EventDict]) -> None:
    plan = plan_in_process(seed)
    plugins = {plan.storage: None, "transcoder_instant": transcoder_instant}
    try:
        async with open_stage(plan) as stage, open_site(tmp_path / "data", plugins, stage.settings) as site:
            record(tmp_path / "data")
            stage.site.port = int(site.url.rpartition(":")[2])
            user, configured = await site.user("ada", Role.CREATOR), site.services.settings
            stage.cookie = (cookie_name(configured), await start_session(user, configured))
            replaces = await publish_older(stage, site) if plan.ending is Ending.REPLACES else None

            await Uploader(stage, replaces).run()

            await check_aftermath(stage, site.services)
            stage.assert_played()
    finally:
        logs[:] = [entry for entry in logs if not isinstance(entry.get("exc_info"), Crash)]
