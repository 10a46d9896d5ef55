"""A site on several machines: a web process and workers that have PostgreSQL, Valkey and S3 in common, and no disk."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from aiobotocore.session import get_session
from tortoise.expressions import Q

from core.app import running_web, running_worker
from core.database import database_now, transaction
from core.models import Job, JobState, WorkerRow
from core.services import configure_from, open_services
from core.testing.sites import QUICK_JOBS, Site, open_site
from tests.chaos.server import BASE_URL, FAKES, QUICK, ROOT, Server
from tests.s3_servers import ACCESS_KEY, SECRET_KEY

SECRET = "what every machine of a test's site signs with"
SCALED = ["broker_redis", "auth_email", "mail_file", "storage_s3", "catalog", "studio", "captions"]
"""Plugins of the scaled set, but for the transcoder."""

DeploymentOpener = Callable[..., AbstractAsyncContextManager[Site]]
Tables = Mapping[str, Mapping[str, Any]]

_PATIENCE = 150
_SOON = timedelta(seconds=1)
"""What is due by then counts as due: the clock goes on between its reading and that of the rows."""


async def at_rest() -> None:
    """Wait until no job runs and none is due, all in one look: what follows from a job is there when it is done."""
    async with asyncio.timeout(_PATIENCE):
        while await _busy():
            await asyncio.sleep(0.05)


async def _busy() -> bool:
    async with transaction() as connection:
        soon = await database_now(connection) + _SOON
        busy = Q(state=JobState.RUNNING) | Q(state=JobState.READY, run_at__lte=soon)
        return await Job.filter(busy).using_db(connection).exists()


class Machine(Server):
    """A process of the site with a data directory of its own. It reads the repository's settings.toml."""

    def _environment(self, fault: str) -> dict[str, str]:
        shared = {"MUTOSCOPE_SETTINGS": str(ROOT / "settings.toml"), "MUTOSCOPE_SECRET_KEYS": json.dumps([SECRET])}
        return super()._environment(fault) | shared

    async def start(self, fault: str = "") -> None:
        """Start, and wait until it listens, for requests or for rings; a worker with a fault may be dead by then."""
        await super().start(fault)
        if self._command == "worker":
            assert self._process is not None
            assert self._process.stdout is not None
            await asyncio.wait_for(self._process.stdout.readline(), 60)

    async def stop(self) -> int:
        """Tell it to stop, as systemd does, and return its status."""
        assert self._process is not None
        self._process.terminate()
        return await self.ended()

    async def ended(self) -> int:
        """Wait until it has ended, and return its status; negative for a signal."""
        assert self._process is not None
        return await asyncio.wait_for(self._process.wait(), 60)


@dataclass(slots=True)
class ScaledSite(Site):
    """Requests go to the web process. `services` are this process's own, to make users and to look at rows."""

    workers: list[Machine] = field(default_factory=list)

    async def start_workers(self) -> None:
        """Start those workers that do not run."""
        await asyncio.gather(*(worker.start() for worker in self.workers if not worker.alive))

    async def work(self) -> None:
        """Let the workers run every job that is due, and those that follow from it."""
        await self.start_workers()
        await at_rest()


@asynccontextmanager
async def running_workers(site: Site) -> AsyncIterator[None]:
    """Let all workers of the site run as they do where it is deployed; each is on the roll when the block begins."""
    async with AsyncExitStack() as stack:
        expected = 1
        if isinstance(site, ScaledSite):
            await site.start_workers()
            expected = len(site.workers)
        else:
            await stack.enter_async_context(running_worker(site.services))
        async with asyncio.timeout(_PATIENCE):
            while await WorkerRow.all().count() < expected:
                await asyncio.sleep(0.05)
        yield


@asynccontextmanager
async def open_scaled(
    folder: Path, plugins: Sequence[str], tables: Tables, *, workers: int = 1, web_here: bool = False
) -> AsyncIterator[ScaledSite]:
    """Open a site of a web process and workers, of which none runs before `work` or `start_workers`.

    `web_here` makes this process the one that answers requests, for tests that are about the workers.
    """
    jobs = {**QUICK, "embedded_worker": False, **tables.get("jobs", {})}
    tables = {"site": {"base_url": BASE_URL}, **tables, "jobs": jobs}

    def machine(name: str, command: str) -> Machine:
        (folder / name).mkdir(parents=True)
        return Machine(folder / name, command=command, plugins=plugins, settings=tables)

    crew = [machine(f"worker-{number}", "worker") for number in range(workers)]
    raw = {**tables, "plugins": list(plugins), "data_dir": str(folder / "here"), "secret_keys": [SECRET]}
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(open_services(*configure_from(raw, FAKES)))
        if web_here:
            stack.push_async_callback(_end, crew)
            port = await stack.enter_async_context(running_web(services, port=0))
            yield ScaledSite(services, f"http://127.0.0.1:{port}", stack, crew)
            return
        web = machine("web", "serve")
        stack.push_async_callback(_end, [web, *crew])
        await web.start()
        yield ScaledSite(services, web.url, stack, crew)


async def _end(machines: list[Machine]) -> None:
    """Kill the machines, show what they logged where a test fails, and see that every error was handled."""
    await asyncio.gather(*(machine.kill() for machine in machines))
    logs = {machine.data_dir.name: machine.log() for machine in machines if machine.starts}
    for name, log in logs.items():
        print(f"--- {name}\n{log[-4000:]}")  # noqa: T201 - pytest shows it where a test fails
    assert not [name for name, log in logs.items() if '"event": "unhandled"' in log]


@pytest.fixture
async def scaled_tables(request: pytest.FixtureRequest) -> dict[str, dict[str, Any]]:
    """The tables of settings.toml that lead to an empty database, an empty Valkey and an empty bucket."""
    store: str = request.getfixturevalue("rclone_url")
    bucket = {"bucket": f"media-{uuid4().hex[:12]}", "endpoint": store}
    session = get_session()
    session.set_credentials(ACCESS_KEY, SECRET_KEY)
    async with session.create_client("s3", region_name="us-east-1", endpoint_url=store) as client:
        await client.create_bucket(Bucket=bucket["bucket"])
    keys = {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY}
    return {
        "database": {"url": request.getfixturevalue("postgres_url")},
        "broker_redis": {"url": request.getfixturevalue("valkey").url},
        "storage_s3": {**bucket, **keys, "checksums": "md5", "conditional_writes": False},
        "storage": {"check_at_start": "off"},
    }


@pytest.fixture(params=["embedded", pytest.param("scaled", marks=[pytest.mark.slow])])
def open_deployment(request: pytest.FixtureRequest, tmp_path: Path) -> DeploymentOpener:
    """Run the test on the embedded set and on the scaled one: `open_deployment("transcode_ffmpeg", workers=2)`.

    `settings` are tables besides those of the set.
    """
    tables = request.getfixturevalue("scaled_tables") if request.param == "scaled" else {}

    def opening(
        transcoder: str, *, workers: int = 1, settings: Tables | None = None
    ) -> AbstractAsyncContextManager[Site]:
        if request.param == "scaled":
            return open_scaled(tmp_path, [*SCALED, transcoder], {**(settings or {}), **tables}, workers=workers)
        names = ["auth_email", "mail_file", "storage_disk", transcoder, "catalog", "studio", "captions"]
        plugins: dict[str, ModuleType | None] = {name: FAKES.get(name) for name in names}
        # One worker for all, with a place for each of them and the one that is kept for light jobs.
        jobs = {**QUICK_JOBS, "concurrency": workers + 1}
        return open_site(tmp_path / "data", plugins, {"jobs": jobs, **(settings or {})})

    return opening
