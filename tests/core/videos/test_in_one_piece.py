"""A source that cannot be entered in the middle is encoded in one piece, before it is given up."""

from typing import Any

import pytest

from core.models import EncodedPart, Job, JobState
from core.testing.sites import Browser, Site
from core.transcoding import Chunk, EncodedSet, MediaRejected, Reason
from core.videos.runs import CHUNK
from tests.core.videos.failing import status_of
from tests.core.videos.observer import Watch
from tests.fakes.transcoder_instant import InstantTranscoder, instant_video

SECONDS = 60  # three chunks


def torn(monkeypatch: pytest.MonkeyPatch, *, whole: bool) -> list[Chunk]:
    """Refuse chunks that begin in the middle, and with `whole` what is in one piece too. Returns all asked for."""
    asked: list[Chunk] = []
    encode = InstantTranscoder.encode

    async def refusing(self: InstantTranscoder, source: Any, plan: Any, chunk: Chunk, *more: Any) -> EncodedSet:
        asked.append(chunk)
        if chunk.index or (whole and chunk.end is None):
            raise MediaRejected(Reason.DAMAGED, "its clock is torn")
        return await encode(self, source, plan, chunk, *more)

    monkeypatch.setattr(InstantTranscoder, "encode", refusing)
    return asked


@pytest.mark.parametrize("codec", ["vp9", "h264"])
async def test_what_fails_in_chunks_is_encoded_in_one_piece_and_announced_once(
    site: Site, studio: Browser, watch: Watch, monkeypatch: pytest.MonkeyPatch, codec: str
) -> None:
    asked = torn(monkeypatch, whole=False)
    video_id = str((await site.upload(studio, instant_video(codec=codec, seconds=SECONDS)))["video_id"])
    await site.work()
    assert (await status_of(studio, video_id))["state"] == "published"
    assert any(chunk.index for chunk in asked)
    assert (asked[-1].index, asked[-1].end) == (0, None)
    assert not await EncodedPart.exists()
    assert watch.heard == ["uploaded", "playable", "published", "processed"]


async def test_file_that_is_processed_anew_is_playable_once_and_processed_twice(
    site: Site, studio: Browser, watch: Watch, video_id: str
) -> None:
    await site.work()
    await studio.api("POST", f"/videos/{video_id}/retry", {})
    await site.work()
    assert watch.heard == ["uploaded", "playable", "published", "processed", "processed"]


async def test_what_fails_in_one_piece_as_well_is_given_up_once(
    site: Site, studio: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = torn(monkeypatch, whole=True)
    video_id = str((await site.upload(studio, instant_video(codec="vp9", seconds=SECONDS)))["video_id"])
    await site.work()
    status = await status_of(studio, video_id)
    assert (status["state"], status["failure"]["code"], status["playable"]) == ("failed", "damaged", False)
    assert sum(chunk.index == 0 and chunk.end is None for chunk in asked) == 1
    assert not await Job.filter(kind=CHUNK, state__in=[JobState.READY, JobState.RUNNING]).exists()
