"""Redis or Valkey calls workers on every machine as soon as there is a job."""

from taskiq import AsyncBroker

from core.api import Settings, hookimpl
from plugins.broker_redis.broker import RingBroker
from plugins.broker_redis.settings import BrokerRedisSettings


@hookimpl
def settings_model() -> type[BrokerRedisSettings]:
    return BrokerRedisSettings


@hookimpl
def task_broker(settings: Settings) -> AsyncBroker:
    return RingBroker(settings.plugin("broker_redis", BrokerRedisSettings))
