"""kill -9 of the server at every named moment of the flow ends in the same published video (R-1…R-4)."""

import asyncio
import json
import random
import re
from contextlib import suppress
from pathlib import Path

import pytest

from tests.chaos.journey import Journey
from tests.chaos.mishaps import POINTS as UPLOAD_POINTS
from tests.chaos.server import Server
from tests.fakes.transcoder_instant import instant_video

POINTS = [
    "upload:stored",
    "upload:accepted",
    "probe:planned",
    "videos.probe:before-commit",
    "videos.probe:after-commit",
    "videos.copy:encoded",
    "videos.copy:stored",
    "videos.copy:before-commit",
    "videos.copy:after-commit",
    "videos.chunk:encoded",
    "videos.chunk:stored",
    "videos.chunk:before-commit",
    "videos.chunk:after-commit",
    "videos.finish:before-commit",
    "videos.finish:after-commit",
]
"""Every fault point of the processing; a test below keeps this list and those of tests/chaos/mishaps.py whole."""

SHAPE = """
    SELECT r.name, r.kind, r.width, r.height, r.segments FROM rendition r
    JOIN video v ON v.current_set_id = r.rendition_set_id ORDER BY r.name
"""

BUSY = """
    SELECT kind, state FROM job
    WHERE state IN ('running', 'failed') OR state = 'ready' AND datetime(run_at) <= datetime('now')
"""


def shape_of(server: Server) -> list[tuple[str, int]]:
    """Return each rendition's name and number of segments."""
    return [(name, len(json.loads(segments))) for name, _, _, _, segments in server.rows(SHAPE)]


def stored_prefixes(server: Server) -> set[str]:
    """Return the prefixes below which the storage holds renditions."""
    root = server.data_dir / "media"
    return {"/".join(path.relative_to(root).parts[:3]) for path in (root / "videos").rglob("*.m4s")}


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
async def test_r_1_killed_server_publishes_the_same_video(
    point: str, a_server: Server, cookie: tuple[str, str], clip: bytes
) -> None:
    await a_server.start(fault=point)

    status = await (journey := Journey(a_server, cookie, clip)).run()

    assert a_server.starts == 2, f"the server never reached {point}"
    assert (status["state"], status["failure"]) == ("published", None)
    assert shape_of(a_server) == [("240p", 1), ("360p", 1), ("audio", 1)]
    await until_at_rest(a_server)
    assert_nothing_is_left(a_server)
    a_server.assert_history(journey.seen)


LONG_POINTS = [
    "probe:planned",
    *(f"videos.{job}:{place}" for job in ("sound", "chunk") for place in ("encoded", "stored", "before-commit")),
    "videos.finish:before-commit",
    "videos.finish:after-commit",
]


@pytest.mark.slow
@pytest.mark.parametrize("point", LONG_POINTS)
async def test_r3_a_killed_server_publishes_the_same_video_of_several_chunks(point: str, tmp_path: Path) -> None:
    settings = {"chunks": {"shortest": 10, "longest": 20}}
    server = Server(tmp_path / "data", plugins=["storage_disk", "transcoder_instant"], settings=settings)
    cookie = await server.prepare()
    try:
        await server.start(fault=point)
        status = await (journey := Journey(server, cookie, instant_video(seconds=60, codec="vp9"))).run()
        assert server.starts == 2, f"the server never reached {point}"
        assert (status["state"], status["failure"]) == ("published", None)
        assert shape_of(server) == [("360p", 15), ("720p", 15), ("audio", 15)]
        await until_at_rest(server)
        assert_nothing_is_left(server)
        assert server.rows("SELECT * FROM encoded_part") == []
        assert server.rows("SELECT count(*) FROM rendition_set") == [(1,)]
        server.assert_history(journey.seen)
    finally:
        await server.kill()


async def until_at_rest(server: Server) -> None:
    """Wait for what follows the publication: the announcement, and the worker's tidying. At most 15 s."""
    with suppress(TimeoutError):
        async with asyncio.timeout(60):
            while server.rows(BUSY) or any((server.data_dir / "work").glob("*")):
                await asyncio.sleep(0.1)


def assert_nothing_is_left(server: Server) -> None:
    """One current set, one accepted upload, no half-made prefix, no running job, no work folder."""
    known = {prefix for (prefix,) in server.rows("SELECT prefix FROM rendition_set")}
    assert stored_prefixes(server) == known
    assert server.rows("SELECT state, count(*) FROM upload GROUP BY state") == [("accepted", 1)]
    assert server.rows("SELECT count(*) FROM video WHERE published_at IS NOT NULL") == [(1,)]
    assert server.rows(BUSY) == []
    assert list((server.data_dir / "work").glob("*")) == []
    assert server.rows("PRAGMA integrity_check") == [("ok",)]
    assert server.rows("PRAGMA foreign_key_check") == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
async def test_r_1_server_killed_again_and_again_at_random_publishes_the_same_video(
    seed: int, a_server: Server, cookie: tuple[str, str], clip: bytes
) -> None:
    moments = random.Random(seed)  # noqa: S311 - reproducible, not secret

    async def kill_now_and_then() -> None:
        for _ in range(4):
            await asyncio.sleep(moments.uniform(0.05, 1.2))
            await a_server.kill()

    await a_server.start()
    killer = asyncio.create_task(kill_now_and_then())
    status = await (journey := Journey(a_server, cookie, clip)).run()
    killer.cancel()

    assert (status["state"], status["failure"]) == ("published", None)
    assert shape_of(a_server) == [("240p", 1), ("360p", 1), ("audio", 1)]
    a_server.assert_history(journey.seen)


def test_every_fault_point_is_listed() -> None:
    source = "\n".join(path.read_text() for path in Path("core").rglob("*.py"))
    named = set(re.findall(r'fault_point\(f?"([^"]+)"\)', source))
    listed = {*POINTS, *(point for points in UPLOAD_POINTS.values() for point in points)}
    kinds = {point.partition(":")[0] for point in listed}
    patterns = {point.replace(kind, spelling) for point in listed for kind in kinds for spelling in _SPELLINGS}
    assert named <= patterns | listed


_SPELLINGS = ("{job.kind}", "{self.job.kind}", "{context.job.kind}", "{ERASE}", "{COPY}", "{SOUND}", "{CHUNK}")
