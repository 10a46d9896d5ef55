"""The process as a whole: its probes, its deadline, and how it stops without cutting anybody off (R-12)."""

import asyncio

import aiohttp
import pytest

from core.app import PortTaken, running_web, running_worker
from core.models import JobState, User
from core.testing.sites import Browser, Site
from tests.core.http.conftest import Opener
from tests.core.http.proving.views import Signals

JSON = {"Accept": "application/json"}


async def test_https_site_demands_https(opener: Opener) -> None:
    async with opener(settings={"site": {"base_url": "https://video.example.org"}}) as site:
        answer = await (await site.browser()).get("/proving")
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


async def test_request_over_its_deadline_is_given_up(opener: Opener) -> None:
    async with opener(settings={"server": {"request_seconds": 0.05}}) as site:
        answer = await (await site.browser()).get("/proving/slow", headers=JSON)
    assert (answer.status, answer.json["code"]) == (503, "too_slow")
    assert answer.headers["Retry-After"] == "5"


async def test_unhurried_request_outlives_the_deadline(opener: Opener) -> None:
    async with opener(settings={"server": {"request_seconds": 0.05}}) as site:
        answer = await (await site.browser()).get("/proving/unhurried")
    assert (answer.status, answer.text) == (200, "finished")


async def test_process_is_alive_and_ready(client: Browser) -> None:
    assert [(await client.get(path)).text for path in ("/healthz", "/readyz")] == ["ok\n", "ready\n"]


async def test_process_that_stops_is_alive_but_not_ready(site: Site, client: Browser) -> None:
    site.services.stopping.set()
    ready = await client.get("/readyz", headers=JSON)
    assert (ready.status, ready.json["code"], ready.headers["Retry-After"]) == (503, "stopping", "5")
    assert (await client.get("/healthz")).status == 200


async def test_process_without_database_is_not_ready(client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    async def exists() -> bool:
        raise ConnectionRefusedError("nobody listens on db.internal:5432")

    monkeypatch.setattr(User, "exists", exists)
    ready = await client.get("/readyz", headers=JSON)
    assert (ready.status, ready.json["code"]) == (503, "not_ready")
    assert "db.internal" not in ready.text


async def test_request_in_flight_is_finished_before_the_stop(site: Site, signals: Signals) -> None:
    async with aiohttp.ClientSession() as session:
        async with running_web(site.services, port=0) as port:
            asking = asyncio.create_task(session.get(f"http://127.0.0.1:{port}/proving/slow"))
            await asyncio.wait_for(signals.entered.wait(), 5)
            stopping = asyncio.get_running_loop().call_later(0.1, signals.released.set)
        answer = await asking
        assert (answer.status, await answer.text()) == (200, "finished")
        stopping.cancel()
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"http://127.0.0.1:{port}/proving")


async def test_address_that_is_taken_is_said_with_the_setting(site: Site) -> None:
    port = int(site.url.rpartition(":")[2])
    with pytest.raises(PortTaken, match="MUTOSCOPE_SERVER__PORT"):
        async with running_web(site.services, port=port):
            pytest.fail("two servers listen on one port")


async def test_job_under_way_is_handed_back_at_the_stop(site: Site, signals: Signals) -> None:
    async with site.services.jobs.transaction() as work:
        job = await work.enqueue("proving.slow")
    async with running_worker(site.services):
        await asyncio.wait_for(signals.working.wait(), 5)
    await job.refresh_from_db()
    assert (job.state, job.attempts, job.lease_until) == (JobState.READY, 0, None)


async def test_wrong_method_names_the_right_ones(client: Browser) -> None:
    async with client.request("DELETE", "/proving") as answer:
        assert answer.headers["Allow"] == "GET,HEAD"


async def test_head_answers_like_get_without_a_body(client: Browser) -> None:
    plain = {"Accept-Encoding": "identity"}  # a fresh nonce compresses to another length
    got = await client.get("/proving", headers=plain)
    async with client.request("HEAD", "/proving", headers=plain) as answer:
        assert (answer.status, await answer.read()) == (200, b"")
        assert answer.headers["Content-Length"] == got.headers["Content-Length"]
