"""A copy of a source with damage is shown at once, and replaced as soon as there are rungs that were decoded."""

from typing import Any

import pytest

from core.models import EncodedPart, Job, JobState, Rendition, RenditionSet, Video
from core.storage import StorageKey
from core.testing.sending import keys_below
from core.testing.sites import Browser, Site
from core.transcoding import Chunk, EncodedSet, Plan
from core.videos.runs import COPY, FINISH, PROBE, SWEEP
from core.videos.sweeping import files_of
from tests.core.videos.failing import status_of
from tests.core.videos.observer import Watch
from tests.core.videos.stages import run_only
from tests.core.videos.uploading import due
from tests.fakes.transcoder_instant import Grid, InstantTranscoder, instant_video

SECONDS = 60


def damaged(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Let every decoding find damage. Returns the rungs of each that was asked for."""
    asked: list[list[str]] = []
    encode = InstantTranscoder.encode

    async def complaining(self: InstantTranscoder, source: Any, plan: Plan, chunk: Chunk, *more: Any) -> EncodedSet:
        asked.append([rung.name for rung in plan.rungs])
        encoded = await encode(self, source, plan, chunk, *more)
        return encoded.model_copy(update={"complaint": "corrupt decoded frame"})

    monkeypatch.setattr(InstantTranscoder, "encode", complaining)
    return asked


@pytest.mark.parametrize("keyframes", ["regular", "none"])
@pytest.mark.parametrize("seconds", [6, SECONDS])
async def test_copy_with_damage_is_replaced_by_all_rungs(
    site: Site, studio: Browser, watch: Watch, monkeypatch: pytest.MonkeyPatch, keyframes: Grid, seconds: int
) -> None:
    asked = damaged(monkeypatch)
    content = instant_video(seconds=seconds, keyframes=keyframes)
    video_id = str((await site.upload(studio, content))["video_id"])
    await run_only(site, [PROBE, COPY])
    (copy,) = await Rendition.filter(kind="video")
    assert (await status_of(studio, video_id))["state"] == "playable"
    await site.work()
    assert (await status_of(studio, video_id))["state"] == "published"
    assert asked[-1] == ["720p", "360p"]
    rungs = {each.name: each for each in await Rendition.filter(kind="video")}
    assert rungs.keys() == {"720p", "360p"}
    assert rungs["720p"].init != copy.init
    assert watch.heard == ["uploaded", "playable", "published", "processed"]
    assert not await EncodedPart.exists()
    assert await Job.filter(kind=FINISH).count() == 1


async def test_nothing_is_left_of_a_copy_that_was_replaced(
    site: Site, studio: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged(monkeypatch)
    video_id = str((await site.upload(studio, instant_video(seconds=SECONDS)))["video_id"])
    await site.work()
    await due(site, SWEEP)  # six hours later: somebody may have been watching the copy
    row = await RenditionSet.get(video_id=video_id).prefetch_related("renditions")
    assert (await Video.get(id=video_id)).current_set_id == row.id
    named = {str(row.key(name)) for name in files_of(row, list(row.renditions))}
    assert await keys_below(site.services.storage, StorageKey(f"videos/{video_id}")) == named
    assert row.poster in row.posters
    assert not await Job.filter(state=JobState.FAILED).exists()


async def test_damage_of_a_source_that_is_not_copied_is_hidden_by_its_decoder(
    site: Site, studio: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = damaged(monkeypatch)
    video_id = str((await site.upload(studio, instant_video(codec="vp9")))["video_id"])
    await site.work()
    assert (await status_of(studio, video_id))["state"] == "published"
    assert len(asked) == 1
