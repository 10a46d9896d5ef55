"""A few at a time: bounded, complete, and nothing goes on after an error."""

import asyncio

import pytest

from core.in_flight import in_flight


async def test_every_item_has_its_result() -> None:
    async def work(item: int) -> int:
        for _ in range(10 - item):
            await asyncio.sleep(0)
        return item * 2

    assert sorted(await in_flight(4, work, range(10))) == [item * 2 for item in range(10)]


async def test_no_more_than_the_limit_are_under_way() -> None:
    running, most = 0, 0

    async def work(_: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    await in_flight(3, work, range(20))
    assert most == 3


async def test_error_ends_the_others_before_it_is_raised() -> None:
    begun, ended = set[int](), set[int]()

    async def work(item: int) -> None:
        begun.add(item)
        try:
            if item == 1:
                raise ConnectionError("the second one")
            await asyncio.Event().wait()
        finally:
            ended.add(item)

    with pytest.raises(ConnectionError, match="the second one"):
        await in_flight(2, work, range(5))
    assert begun == ended == {0, 1}
