"""How long to wait before the next attempt at what botocore does not repeat by itself."""

import asyncio
import secrets

_FIRST = 0.2
_LONGEST = 20.0
_random = secrets.SystemRandom()


async def pause(failures: int) -> None:
    """Wait twice as long after each failure, by a random share, so that those who failed together come back apart."""
    await asyncio.sleep(_random.uniform(0.5, 1) * min(_LONGEST, _FIRST * 2 ** (failures - 1)))
