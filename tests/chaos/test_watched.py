"""R-4: a video is made again and its file is replaced while a player loops over it, on one machine and on several."""

from datetime import UTC, datetime, timedelta

import pytest

from core.models import Job, Role
from core.testing.sites import Browser, Site
from core.videos.runs import SWEEP
from tests.chaos.viewer import always_watched
from tests.core.videos.stages import CHUNKS
from tests.fakes.transcoder_instant import instant_video
from tests.scaled import DeploymentOpener

pytestmark = pytest.mark.slow

FIRST = instant_video(seconds=6)
OTHERS = {
    "copied off the grid": instant_video(seconds=32, keyframes="none"),
    "encoded": instant_video(seconds=40, codec="vp9"),
    "copied": instant_video(seconds=36),
}
"""Each takes the place of the one before; they are made in different ways, and are of different length."""


async def played(browser: Browser, video_id: str) -> tuple[str, float]:
    view = (await browser.api("GET", f"/videos/{video_id}")).json
    return view["hls_url"], view["duration"]


async def test_r4_whatever_a_playlist_named_can_be_read_while_others_take_its_place(
    open_deployment: DeploymentOpener,
) -> None:
    async with open_deployment("transcoder_instant", settings={"chunks": CHUNKS}) as site:
        studio = await site.browser(await site.user("ada", Role.CREATOR))
        video_id = str((await site.upload(studio, FIRST, visibility="public"))["video_id"])
        await site.work()
        viewer = await site.browser()
        async with always_watched(viewer, video_id):
            for content in OTHERS.values():
                before, _ = await played(viewer, video_id)
                await site.upload(studio, content, replaces=video_id)
                await _made_again(site, viewer, video_id, before)
            before, seconds = await played(viewer, video_id)
            assert (await studio.api("POST", f"/videos/{video_id}/retry", {})).status == 202
            await _made_again(site, viewer, video_id, before)
            assert (await played(viewer, video_id))[1] == seconds == 36


async def _made_again(site: Site, viewer: Browser, video_id: str, before: str) -> None:
    """Let what is under way end, and sweep behind it all that is not kept for those who watch it still."""
    assert (await played(viewer, video_id))[0] == before
    await site.work()
    now = datetime.now(UTC)
    await Job.filter(kind=SWEEP, run_at__lt=now + timedelta(hours=1)).update(run_at=now)
    await site.work()
    assert (await played(viewer, video_id))[0] != before
