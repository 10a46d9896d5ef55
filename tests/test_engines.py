"""The flow is the same on every engine: SQLite or PostgreSQL, the worker inside the web process or beside it."""

import asyncio
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from core.models import Job, JobState
from core.services import configure
from core.testing.media import make_clip
from core.testing.sites import Site, open_site
from tests.chaos.journey import Journey
from tests.chaos.server import Server
from tests.conftest import EMBEDDED
from tests.fakes.transcoder_instant import instant_video
from tests.pasting import ROOT
from tests.scaled import SCALED, DeploymentOpener, open_scaled


async def published_and_gone(site: Site) -> None:
    """Upload, watch, hide, delete: every statement that the flow sends to the database."""
    creator = await site.user("ada")
    browser, stranger = await site.browser(creator), await site.browser()
    upload = await site.upload(browser, instant_video())
    await site.work()
    address = f"/videos/{upload['video_id']}"
    assert (await stranger.api("GET", f"{address}/status")).json["state"] == "published"
    assert [each["id"] for each in (await stranger.api("GET", "/videos")).json["items"]] == [upload["video_id"]]
    assert (await browser.api("PATCH", address, {"title": "Änderung", "visibility": "private"})).status == 200
    assert (await stranger.api("GET", address)).status == 404
    assert (await browser.api("DELETE", address)).status == 204
    await site.work()
    assert (await browser.api("GET", address)).status == 404


async def test_the_flow_is_the_same_on_either_database(database_url: str, tmp_path: Path) -> None:
    settings = {"database": {"url": database_url}}
    async with open_site(tmp_path / "data", EMBEDDED, settings) as site:
        await published_and_gone(site)


async def test_the_flow_is_the_same_on_one_machine_and_on_several(open_deployment: DeploymentOpener) -> None:
    async with open_deployment("transcoder_instant") as site:
        await published_and_gone(site)


async def test_a_second_start_on_the_same_data_goes_on(database_url: str, tmp_path: Path) -> None:
    settings = {"database": {"url": database_url}}
    async with open_site(tmp_path / "data", EMBEDDED, settings) as site:
        await site.user("ada")
    async with open_site(tmp_path / "data", EMBEDDED, settings) as site:
        assert (await (await site.browser()).get("/@ada")).status == 200


def test_settings_of_the_page_on_more_machines_fit_together(tmp_path: Path) -> None:
    section = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8").partition("\n## More machines\n")[2]
    shared, environment = re.findall(r"^```(?:toml|sh)\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)[:2]
    (tmp_path / "settings.toml").write_text(shared, encoding="utf-8")
    lines = environment.replace("HEX", "0f" * 32).splitlines()
    variables = dict(shlex.split(line)[0].split("=", 1) for line in lines if not line.startswith("#"))
    mail = {"MUTOSCOPE_MAIL_SMTP__HOST": "localhost", "MUTOSCOPE_MAIL_SMTP__SENDER": "site@example.org"}

    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**variables, **mail}.items():
            patch.setenv(name, value)
        settings, plugins = configure(tmp_path / "settings.toml")

    assert "broker_redis" in {plugin.name for plugin in plugins}
    assert not settings.core.jobs.embedded_worker
    assert settings.signing_secrets() == [b"0f" * 32]
    assert settings.database_url.startswith("postgres://")


@pytest.mark.slow
async def test_a_worker_beside_the_web_process_does_the_work(tmp_path: Path, clip: bytes) -> None:
    web = Server(tmp_path / "data", embedded_worker=False)
    worker = Server(tmp_path / "data", command="worker")
    cookie = await web.prepare()
    try:
        await asyncio.gather(web.start(), worker.start())
        status = await Journey(web, cookie, clip).run()
    finally:
        await asyncio.gather(web.kill(), worker.kill())

    assert (status["state"], status["failure"]) == ("published", None)


@pytest.mark.slow
@pytest.mark.timeout(150)
async def test_r_12_job_of_a_stopped_worker_goes_on_at_another_machine(
    scaled_tables: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    clip = await make_clip(tmp_path / "clip.mp4", seconds=5, size=(1280, 720))
    tables = {**scaled_tables, "jobs": {"lease": 3600, "heartbeat": 1, "sweep": 1}}
    async with open_scaled(tmp_path, [*SCALED, "transcode_ffmpeg"], tables, workers=2) as site:
        browser = await site.browser(await site.user())
        upload = await site.upload(browser, clip.read_bytes())
        stopping, other = site.workers
        await stopping.start()
        async with asyncio.timeout(120):
            while (job := await Job.get_or_none(state=JobState.RUNNING, progress__gt=0)) is None:
                await asyncio.sleep(0.02)
        assert await stopping.stop() == 0
        await job.refresh_from_db()
        assert (job.state, job.attempts, job.fence) == (JobState.READY, 0, 1)
        site.workers = [other]
        await site.work()
        status = (await browser.api("GET", f"/videos/{upload['video_id']}/status")).json
        assert status["state"] == "published", status
