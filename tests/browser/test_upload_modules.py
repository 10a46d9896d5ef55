"""The parts of the uploader that compute: imported by a real page, as the page itself does."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Page

from core.models import User
from core.testing.sites import Site
from tests.browser.conftest import OpenPage
from tests.browser.uploading import visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# A line that carries `carries(lanes)` bytes per ms, looked at every half second.
PACE = """async ([carries, events]) => {
    const { Pace } = await import("studio/pace.js");
    const pace = new Pace(1000);
    const lanes = [pace.lanes];
    let sent = 0;
    for (let step = 0; step < 120; step++) {
        const event = events[step];
        if (event) pace[event.name](...event.args);
        sent += 500 * carries[pace.lanes];
        pace.progress(sent, step * 500);
        if (pace.lanes !== lanes.at(-1)) lanes.push(pace.lanes);
    }
    return lanes;
}"""
MORE_IS_FASTER = [0, 10, 20, 30, 40]
TWO_ARE_ENOUGH = [0, 10, 20, 20, 20]
NO_EVENTS: dict[int, Any] = {}

IN_LANES = """async () => {
    const { inLanes } = await import("studio/pace.js");
    let [running, most, width] = [0, 0, 2];
    await inLanes(Array.from({ length: 20 }).keys(), () => width, async (item) => {
        most = Math.max(most, ++running);
        await null;
        if (item === 9) width = 4;
        running--;
    });
    return [most, running];
}"""

PERSIST = """async ([errors]) => {
    const { persist } = await import("studio/backoff.js");
    const { Problem, Unreachable } = await import("studio/failures.js");
    const waits = [];
    const attempt = async (number) => {
        if (number === errors.length) return "through";
        const [kind, ...rest] = errors[number];
        if (kind === "unreachable") throw new Unreachable("media.example");
        const link = kind === "renew" && { renewable: true, permanent: false }; // as put.js has it
        throw Object.assign(new Problem(...rest), link);
    };
    const onWait = (wait) => wait && waits.push(wait.until - performance.now());
    const result = await persist(attempt, { onWait, longest: 60 }).catch((error) => error.message);
    return [result, waits.map((ms) => ms / 1000)];
}"""


@pytest.fixture
async def page(disk_site: Site, ada: User, open_page: OpenPage) -> Page:
    page = await open_page()
    await page.clock.install()
    await visit(page, disk_site, ada)
    return page


async def test_parallel_parts_grow_while_that_is_faster_and_never_beyond_four(page: Page) -> None:
    assert await page.evaluate(PACE, [MORE_IS_FASTER, NO_EVENTS]) == [2, 3, 4]


async def test_a_part_that_brings_nothing_is_taken_back(page: Page) -> None:
    lanes = await page.evaluate(PACE, [TWO_ARE_ENOUGH, NO_EVENTS])
    assert lanes[:3] == [2, 3, 2]
    assert set(lanes) == {2, 3}


@pytest.mark.parametrize(
    ("event", "after"),
    [
        ({"name": "failed", "args": []}, [2, 3, 4, 2]),
        ({"name": "arrived", "args": [31_000]}, [2, 3, 4, 3]),
        ({"name": "arrived", "args": [29_000]}, [2, 3, 4]),
    ],
)
async def test_failures_and_slow_parts_make_them_fewer(page: Page, event: object, after: list[int]) -> None:
    lanes = await page.evaluate(PACE, [MORE_IS_FASTER, {30: event}])
    assert lanes[: len(after)] == after
    assert lanes[-1] == 4  # and they come back


async def test_failure_after_failure_leaves_one(page: Page) -> None:
    failures = {step: {"name": "failed", "args": []} for step in range(30, 120)}
    assert (await page.evaluate(PACE, [MORE_IS_FASTER, failures]))[-1] == 1


async def test_work_runs_in_as_many_lanes_as_there_are_at_the_time(page: Page) -> None:
    assert await page.evaluate(IN_LANES) == [4, 0]


async def until_over(page: Page, errors: list[Any]) -> tuple[str, list[float]]:
    """Run `persist` against these failures on a clock that we turn; return how it ended, and the waits in seconds."""
    run = asyncio.create_task(page.evaluate(PERSIST, [errors]))
    while not run.done():
        await page.clock.run_for(5000)
    done, waits = await run
    return done, waits


async def test_delays_double_with_jitter_up_to_a_limit(page: Page) -> None:
    done, waits = await until_over(page, [["", 500]] * 20)
    assert done == "The server answered with error 500."
    assert len(waits) == 7  # and the eighth failure is the last
    for number, seconds in enumerate(waits):
        nominal = min(30, 0.5 * 2**number)
        assert 0.75 * nominal <= seconds + 0.05
        assert seconds <= 1.25 * nominal


async def test_who_is_away_is_waited_for_as_long_as_it_takes(page: Page) -> None:
    done, waits = await until_over(page, [["unreachable"]] * 40 + [["", 503]] * 40)
    assert done == "through"
    assert sum(waits) > 1800


async def test_retry_after_is_honoured(page: Page) -> None:
    done, [seconds] = await until_over(page, [["", 429, {}, 17]])
    assert done == "through"
    assert 16.9 <= seconds <= 17.1


async def test_a_dead_link_is_renewed_at_once_and_then_with_patience(page: Page) -> None:
    done, waits = await until_over(page, [["renew", 403]] * 3)
    assert done == "through"
    assert len(waits) == 2


async def test_what_is_permanent_is_not_tried_again(page: Page) -> None:
    assert await until_over(page, [["", 413]]) == ("The server does not take a request of this size.", [])
