"""Do the same to many things, a few at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


async def in_flight(limit: int, work: Callable[[Item], Awaitable[Result]], items: Iterable[Item]) -> list[Result]:
    """Return each item's result, in no order, with at most `limit` under way.

    The first error ends the others before it is raised: nothing works on behind the caller's back.
    """
    waiting, results = iter(items), list[Result]()

    async def take() -> None:
        for item in waiting:
            results.append(await work(item))

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(limit):
                group.create_task(take())
    except ExceptionGroup as failed:
        # Callers know errors, not groups of them; the first says why the others were cancelled.
        raise failed.exceptions[0] from failed
    return results
