"""R-3: a copy that is withdrawn, as its source has damage, leaves one whole set wherever a worker dies meanwhile."""

from pathlib import Path
from typing import Any

import pytest

from core.testing.sites import open_site
from core.transcoding import EncodedSet
from tests.chaos.recording import assert_history, record
from tests.chaos.test_steps import (
    MISHAPS,
    PLUGINS,
    SETTINGS,
    SOURCES,
    Shape,
    assert_nothing_is_left,
    clear,
    happening,
    shape,
    until_published,
)
from tests.fakes.transcoder_instant import InstantTranscoder

pytestmark = pytest.mark.slow

_FEWEST = 25


@pytest.fixture(autouse=True)
def damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every decoding find damage."""
    encode = InstantTranscoder.encode

    async def complaining(self: InstantTranscoder, *arguments: Any) -> EncodedSet:
        encoded = await encode(self, *arguments)
        return encoded.model_copy(update={"complaint": "corrupt decoded frame"})

    monkeypatch.setattr(InstantTranscoder, "encode", complaining)


@pytest.mark.parametrize("mishap", ["killed", "exception"])
async def test_r3_copy_is_withdrawn_as_a_whole_wherever_a_worker_dies(
    mishap: str, tmp_path: Path, logs: list[Any]
) -> None:
    expected: Shape | None = None
    number, reached = 0, True
    async with open_site(tmp_path / "data", PLUGINS, SETTINGS) as site:
        record(tmp_path / "data")
        studio = await site.browser(await site.user())
        while reached:
            video_id = str((await site.upload(studio, SOURCES["copied"]))["video_id"])
            with happening(number, MISHAPS[mishap]) as armed:
                await site.work()
            reached = number == 0 or len(armed.passed) >= number
            await until_published(site, studio, video_id)
            expected = expected or await shape()
            assert await shape() == expected, armed.passed[number - 1] if number and reached else "nowhere"
            await assert_nothing_is_left(site)
            await clear(site)
            number += 1
            logs.clear()
    assert number > _FEWEST
    assert_history(tmp_path / "data")
