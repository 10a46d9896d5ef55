"""Brokers on a real Valkey, and how to wait for what they do there."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from plugins.broker_redis.broker import RingBroker
from plugins.broker_redis.settings import BrokerRedisSettings
from tests.core.jobs.running import until
from tests.valkey import Valkey

BrokerOpener = Callable[..., AbstractAsyncContextManager[RingBroker]]


@pytest.fixture
def open_broker(valkey: Valkey) -> BrokerOpener:
    """Start a broker, with other settings than the usual ones where some are given."""

    @asynccontextmanager
    async def opening(**changes: object) -> AsyncIterator[RingBroker]:
        broker = RingBroker(BrokerRedisSettings.model_validate({"url": valkey.url, **changes}))
        await broker.startup()
        try:
            yield broker
        finally:
            await broker.shutdown()

    return opening


async def listeners(valkey: Valkey, number: int) -> None:
    """Wait until that many workers listen."""

    async def listen() -> bool:
        with valkey.client() as client:
            return bool(client.pubsub_numsub("mutoscope") == [("mutoscope", number)])

    await until(listen, 60)  # a process may take long to start on a busy machine
