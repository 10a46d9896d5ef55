"""A ring reaches everybody who listens, is kept for nobody, and costs nothing but time where the server is gone."""

import asyncio
import time
from contextlib import aclosing

import pytest
from redis.exceptions import OutOfMemoryError, RedisError
from structlog.testing import capture_logs

from core.jobs.bell import TaskiqBell
from plugins.broker_redis.broker import RingBroker
from tests.core.jobs.running import until
from tests.plugins.broker_redis.conftest import BrokerOpener, listeners
from tests.valkey import Valkey


async def hear(broker: RingBroker) -> bytes:
    """Listen until there is a ring, and return it."""
    async with aclosing(broker.listen()) as rings:
        return await anext(rings)


async def test_ring_is_heard_by_every_worker(open_broker: BrokerOpener, valkey: Valkey) -> None:
    async with open_broker() as web, open_broker() as one, open_broker() as other:
        hearing = asyncio.gather(hear(one), hear(other))
        await listeners(valkey, 2)
        await TaskiqBell(web).ring()
        assert all(b"mutoscope.look" in ring for ring in await asyncio.wait_for(hearing, 30))


async def test_rings_that_nobody_hears_leave_nothing_behind(open_broker: BrokerOpener, valkey: Valkey) -> None:
    async with open_broker() as broker:
        for _ in range(100):
            await TaskiqBell(broker).ring()
    with valkey.client() as client:
        assert client.dbsize() == 0


async def test_listeners_that_leave_give_their_connections_back(open_broker: BrokerOpener, valkey: Valkey) -> None:
    async with open_broker() as broker:
        for _ in range(60):  # there are fifty in the pool
            hearing = asyncio.create_task(hear(broker))
            await listeners(valkey, 1)
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
            await listeners(valkey, 0)


async def test_listener_ends_at_whatever_step_it_is_cancelled(open_broker: BrokerOpener, valkey: Valkey) -> None:
    async with open_broker() as broker:
        for steps in range(40):
            hearing = asyncio.create_task(hear(broker))
            for _ in range(steps):
                await asyncio.sleep(0)
            time.sleep(0.002)  # noqa: ASYNC251  the server answers while the loop stands
            hearing.cancel()
            await asyncio.wait([hearing], timeout=14)
            assert hearing.cancelled(), f"after {steps} steps of the loop"


async def test_quiet_connection_is_asked_whether_it_lives_and_kept(open_broker: BrokerOpener, valkey: Valkey) -> None:
    async def asked() -> bool:
        with valkey.client() as client:
            return bool(client.info("commandstats").get("cmdstat_ping", {"calls": 0})["calls"] >= 5)

    async with open_broker(silence=0.05) as broker:
        hearing = asyncio.create_task(hear(broker))
        await listeners(valkey, 1)
        await until(asked)
        await TaskiqBell(broker).ring()
        assert b"mutoscope.look" in await asyncio.wait_for(hearing, 30)


async def test_r_8_listener_ends_when_the_server_does_and_the_next_one_hears(
    open_broker: BrokerOpener, valkey: Valkey
) -> None:
    async with open_broker() as broker:
        hearing = asyncio.create_task(hear(broker))
        await listeners(valkey, 1)
        valkey.kill()
        with pytest.raises(RedisError):
            await asyncio.wait_for(hearing, 30)
        valkey.start()
        hearing = asyncio.create_task(hear(broker))
        await listeners(valkey, 1)
        await TaskiqBell(broker).ring()
        assert b"mutoscope.look" in await asyncio.wait_for(hearing, 30)


async def test_r_8_listener_gives_up_a_connection_that_fell_silent(open_broker: BrokerOpener, valkey: Valkey) -> None:
    async with open_broker(silence=0.2) as broker:
        hearing = asyncio.create_task(hear(broker))
        await listeners(valkey, 1)
        with valkey.frozen(), pytest.raises(RedisError):
            await asyncio.wait_for(hearing, 30)


async def test_r_8_ring_into_a_black_hole_ends_soon(open_broker: BrokerOpener, valkey: Valkey) -> None:
    async with open_broker(timeout=0.3) as broker:
        await TaskiqBell(broker).ring()
        with valkey.frozen(), capture_logs() as logs:
            began = time.monotonic()
            await TaskiqBell(broker).ring()
            assert time.monotonic() - began < 10
    assert [line["event"] for line in logs] == ["bell_unheard"]


async def test_r_8_ring_is_heard_where_memory_is_full_and_after_everything_was_flushed(
    open_broker: BrokerOpener, valkey: Valkey
) -> None:
    async with open_broker() as broker:
        hearing = asyncio.create_task(hear(broker))
        await listeners(valkey, 1)
        with valkey.client() as client:
            client.flushall()
            client.config_set("maxmemory", "1")
            with pytest.raises(OutOfMemoryError):
                client.set("anything", "at all")
        await TaskiqBell(broker).ring()
        assert b"mutoscope.look" in await asyncio.wait_for(hearing, 30)


async def test_site_starts_without_the_server_and_says_what_to_do(open_broker: BrokerOpener, valkey: Valkey) -> None:
    valkey.kill()
    with capture_logs() as logs:
        async with open_broker(url=valkey.url.replace("//", "//ada:hunter2@")):
            pass
    (said,) = logs
    assert (said["event"], said["log_level"], said["setting"]) == ("broker_away", "warning", "broker_redis.url")
    assert "MUTOSCOPE_BROKER_REDIS__URL" in said["remedy"]
    assert "hunter2" not in str(said)


async def test_refused_password_is_said_and_not_shown(open_broker: BrokerOpener, valkey: Valkey) -> None:
    with capture_logs() as logs:
        async with open_broker(url=valkey.url.replace("//", "//ada:hunter2@")):
            pass
    (said,) = logs
    assert said["error"].startswith("AuthenticationError: ")
    assert "hunter2" not in str(said)
