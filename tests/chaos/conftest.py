"""Fixtures of the chaos tests: a server that may be killed, and the stage of a run."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import ClientSession

from tests.chaos.journal import Journal
from tests.chaos.mishaps import ATTEMPTS
from tests.chaos.plans import MIB, Plan
from tests.chaos.server import BASE_URL, Server
from tests.chaos.stage import Stage, Store
from tests.chaos.wire import open_wire
from tests.s3_gateway import open_gateway
from tests.s3_servers import ACCESS_KEY, SECRET_KEY

StageOpener = Callable[[Plan], AbstractAsyncContextManager[Stage]]


@pytest.fixture
async def a_server(tmp_path: Path) -> AsyncIterator[Server]:
    """A server that is not started yet, and is killed at the end."""
    server = Server(tmp_path / "data")
    try:
        yield server
    finally:
        await server.kill()


@pytest.fixture
async def cookie(a_server: Server) -> tuple[str, str]:
    """What signs the creator in."""
    return await a_server.prepare()


@pytest.fixture
def open_stage(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> StageOpener:
    """Open a stage for a plan."""
    # What failed is asked for again at once: these runs are about what happens, not about when.
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.01)
    monkeypatch.setattr("plugins.storage_s3.backoff._FIRST", 0.01)

    @asynccontextmanager
    async def opening(plan: Plan) -> AsyncIterator[Stage]:
        settings: dict[str, Any] = {
            "site": {"base_url": BASE_URL},
            "uploads": {"part_size": plan.part_size},
            "storage": {"check_at_start": "off", "primary": plan.storage},
        }
        if "storage_disk" in plan.storages:
            settings["storage_disk"] = {"min_free_bytes": 0, "part_idle_seconds": 2}
        async with open_wire() as site:
            stage = Stage(plan, Journal(), site, None, BASE_URL, settings)
            stage.journal.tell(str(plan))
            if "storage_s3" not in plan.storages:
                yield stage
                return
            async with open_store(request.getfixturevalue("moto_url")) as store:
                stage.store, settings["storage_s3"] = store, await bucket_behind(store)
                yield stage

    return opening


@asynccontextmanager
async def open_store(moto_url: str) -> AsyncIterator[Store]:
    """Open a gateway to moto, and the wires that lead to it."""
    async with open_gateway(moto_url) as gateway:
        port = int(gateway.url.rpartition(":")[2])
        async with open_wire(port) as from_browsers, open_wire(port) as from_site:
            yield Store(gateway, from_browsers, from_site)


async def bucket_behind(store: Store) -> dict[str, Any]:
    """Make an empty bucket, and return the table [storage_s3] that leads to it."""
    name = f"chaos-{uuid4().hex[:12]}"
    # moto believes everybody; botocore would take longer to load than the whole run.
    trusted = {"Authorization": "AWS chaos:trusted"}
    async with ClientSession() as session, session.put(f"{store.gateway.store}/{name}", headers=trusted) as made:
        assert made.status == 200, await made.text()
    return {
        "bucket": name,
        "endpoint": store.from_site.url,
        "public_endpoint": store.from_browsers.url,
        "access_key": ACCESS_KEY,
        "secret_key": SECRET_KEY,
        "attempts": ATTEMPTS,
        "silence_seconds": 1,
        "put_part_size": 5 * MIB,
    }
