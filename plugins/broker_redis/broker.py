"""The bell on Redis: published to every worker that listens, kept for none.

Of the brokers of taskiq-redis only publish/subscribe fits a bell. Its messages reach all idle workers instead of one,
and are stored nowhere: there is nothing to trim, to claim back from a dead worker, or to be refused for lack of memory.
"""

import asyncio
from collections.abc import AsyncGenerator

import structlog
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from taskiq_redis import PubSubBroker

from plugins.broker_redis.settings import BrokerRedisSettings

log = structlog.get_logger()


def _heed_cancellation() -> None:
    # redis-py sends in asyncio.wait_for(), which before Python 3.12 returns as if nothing were when the task is
    # cancelled in the moment in which the sending ends (python/cpython#86296).
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


class RingBroker(PubSubBroker):
    """Publishes rings, and hears those of others; a connection that fell silent is noticed and given up."""

    def __init__(self, settings: BrokerRedisSettings) -> None:
        super().__init__(
            settings.url.get_secret_value(),
            queue_name=settings.channel,
            socket_timeout=settings.timeout,
            socket_connect_timeout=settings.timeout,
        )
        self._silence = settings.silence

    async def startup(self) -> None:
        """Say in the log when the server cannot be reached, and go on: the sweep finds every job without it."""
        await super().startup()
        try:
            await Redis(connection_pool=self.connection_pool).ping()
        except (RedisError, OSError) as error:
            log.warning(
                "broker_away",
                setting="broker_redis.url",
                error=f"{type(error).__name__}: {error}",
                remedy="Start the server, or correct url in [broker_redis] or MUTOSCOPE_BROKER_REDIS__URL. "
                "Until then jobs begin with the sweep, some seconds late.",
            )

    async def listen(self) -> AsyncGenerator[bytes, None]:
        """Yield rings as they come. Raises ConnectionError or TimeoutError of redis-py when the server is gone.

        PubSubBroker's own way waits without end on a connection whose other end is gone without a word, and never
        gives its connection back, so that a pool is used up after fifty outages.
        """
        async with Redis(connection_pool=self.connection_pool).pubsub() as channel:
            await channel.subscribe(self.queue_name)
            asked = False
            while True:
                _heed_cancellation()
                heard = await channel.get_message(timeout=self._silence)
                if heard is not None:
                    asked = False
                    if heard["type"] == "message":
                        yield heard["data"]
                elif asked:
                    raise RedisConnectionError(f"no answer to a ping for {self._silence} s")
                else:
                    await channel.ping()
                    asked = True
