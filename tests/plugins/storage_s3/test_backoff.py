"""Those who failed together come back apart: every wait before another attempt is bounded, and random."""

from collections.abc import Iterator

import pytest

from core.api import StorageError
from plugins.storage_s3 import backoff
from tests.plugins.storage_s3.conftest import ORIGINAL, StorageOpener
from tests.s3_faults import Fault
from tests.s3_gateway import Gateway

DRAWS = 300


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Take note of what would have been waited for, and wait for nothing."""
    asked: list[float] = []

    async def sleep(seconds: float) -> None:
        asked.append(seconds)

    with monkeypatch.context() as patch:
        patch.setattr("plugins.storage_s3.backoff.asyncio.sleep", sleep)
        yield asked


@pytest.mark.parametrize(("failures", "longest"), [(1, 0.2), (2, 0.4), (4, 1.6), (7, 12.8), (8, 20), (500, 20)])
async def test_pause_doubles_up_to_its_limit_and_is_spread_over_its_half(
    waits: list[float], failures: int, longest: float
) -> None:
    for _ in range(DRAWS):
        await backoff.pause(failures)
    shares = [seconds / longest for seconds in waits]
    assert 0.5 <= min(shares) < 0.6
    assert 0.9 < max(shares) <= 1
    assert len(set(shares)) > DRAWS / 2


@pytest.mark.slow
@pytest.mark.parametrize("fault", [Fault.INTERNAL_ERROR, Fault.SLOW_DOWN])
async def test_r_9_requests_are_repeated_after_random_waits_that_double(
    open_s3: StorageOpener, gateway: Gateway, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    waits: list[float] = []

    async def sleep(_: object, seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("aiobotocore.endpoint.AioEndpoint._sleep", sleep)
    gateway.faults.always("*", fault)
    for _ in range(6):
        async with open_s3(attempts=4) as storage:
            with pytest.raises(StorageError):
                await storage.stat(ORIGINAL)
    assert len(gateway.seen) == 6 * 4
    assert len(set(waits)) == len(waits) == 6 * 3
    assert all(0 <= seconds <= 2 ** (place % 3) for place, seconds in enumerate(waits))


@pytest.mark.slow
async def test_client_repeats_by_the_standard_rules_as_often_as_is_set(open_s3: StorageOpener) -> None:
    async with open_s3(attempts=3) as storage:
        config = storage.bucket.client.meta.config
    assert config.retries == {"mode": "standard", "total_max_attempts": 3}  # type: ignore[attr-defined]  # the stubs lack it
