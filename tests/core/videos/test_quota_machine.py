"""What is counted is what is stored, in whatever order things happen (R-14)."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from core.testing.sites import open_site
from tests.core.videos.conftest import PLUGINS
from tests.core.videos.quota_machine import OPEN, QUOTA, QuotaMachine
from tests.core.videos.quota_stage import Stage
from tests.core.videos.uploading import LIMITS

SETTINGS = {"uploads": {**LIMITS, "quota": QUOTA, "open_per_user": OPEN, "daily": 0}}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_r14_used_and_reserved_are_the_real_sizes_at_every_quiet_moment(tmp_path: Path) -> None:
    with asyncio.Runner() as runner:
        opening = open_site(tmp_path / "data", PLUGINS, SETTINGS)
        site = runner.run(opening.__aenter__())
        try:
            QuotaMachine.stage = Stage(runner, site, runner.run(site.browser(runner.run(site.user()))))
            run_state_machine_as_test(
                QuotaMachine,
                settings=settings(
                    max_examples=100, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
                ),
            )
        finally:
            runner.run(opening.__aexit__(None, None, None))
