"""Deleting and restoring while workers are at it, on each database: somebody wins, and nobody fails."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from core.models import Video
from core.testing.sites import Site
from tests.core.videos.conftest import Opener
from tests.core.videos.stages import at_stage, erase, inventory, objects_without_rows
from tests.core.videos.uploading import LIMITS, due
from tests.fakes.transcoder_instant import instant_video


@pytest.fixture
async def engine(opener: Opener, database_url: str) -> AsyncIterator[Site]:
    """A site on each database."""
    async with opener(settings={"uploads": LIMITS, "database": {"url": database_url}}) as site:
        yield site


async def test_deleting_while_jobs_end_fails_nobody(engine: Site) -> None:
    studio = await engine.browser(await engine.user())
    ids = [str((await engine.upload(studio, instant_video()))["video_id"]) for _ in range(4)]
    working = asyncio.create_task(engine.work())
    answers = await asyncio.gather(*(studio.api("DELETE", f"/videos/{video_id}") for video_id in ids))
    await working
    assert [answer.status for answer in answers] == [204] * 4
    await due(engine, "videos.sweep_attempts")
    assert await objects_without_rows(engine) == set()


async def test_restoring_races_with_erasing_and_one_of_them_wins(engine: Site) -> None:
    studio = await engine.browser(await engine.user())
    ids = [await at_stage(engine, studio, "published") for _ in range(6)]
    for video_id in ids:
        await studio.api("DELETE", f"/videos/{video_id}")
    erasing = asyncio.create_task(erase(engine))
    answers = await asyncio.gather(
        *(studio.api("POST", f"/videos/{video_id}/restore", {}) for video_id in ids for _ in range(2))
    )
    await erasing
    restored = {answer.json["id"] for answer in answers if answer.status == 200}
    assert {answer.status for answer in answers} <= {200, 404}
    assert set(await Video.all().values_list("id", flat=True)) == restored
    assert {key.split("/")[1] for key in (await inventory(engine))[5]} == restored
