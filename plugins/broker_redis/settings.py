"""The [broker_redis] table of settings.toml."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError


def _address(url: SecretStr) -> SecretStr:
    try:
        # Connects nowhere. What is unknown after the "?" is only found when a connection is made of it.
        pool = ConnectionPool.from_url(url.get_secret_value())
        pool.connection_class(**pool.connection_kwargs)
    except (ValueError, TypeError, RedisError):
        # Its text is not passed on: it may hold a piece of the password.
        raise ValueError(
            "write redis://user:password@host:6379/0, rediss://… for TLS, or unix:///path/of/the.sock, for Redis and "
            "Valkey alike; percent-encode what is special in a password; after a ? only options that redis-py knows"
        ) from None
    return url


class BrokerRedisSettings(BaseModel):
    """The Redis or Valkey server that carries the bell. Nothing is kept there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[SecretStr, AfterValidator(_address)] = Field(
        description="`redis://user:password@host:6379`, `rediss://…` for TLS, `unix:///path/of/the.sock`."
    )
    channel: str = Field(
        "mutoscope",
        pattern=r"^[\w.:-]{1,100}$",
        description="What is published to. Sites that share a server need different ones, whatever their databases.",
    )
    timeout: float = Field(
        1, gt=0, le=10, description="Longest wait for a connection or an answer, in seconds; requests wait for it."
    )
    silence: float = Field(
        15, gt=0, le=3600, description="Seconds without a sound after which a worker asks whether the server is there."
    )
