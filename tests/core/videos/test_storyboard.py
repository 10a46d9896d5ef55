"""The storyboard shows the whole time, and only to whom the video is shown (P-2)."""

import re
from itertools import pairwise

import pytest

from core.models import RenditionSet, Visibility
from core.testing.sites import Browser, Site
from tests.core.videos.stages import at_stage
from tests.fakes.transcoder_instant import instant_video

_CUE = re.compile(r"(\d+):(\d+):(\d+\.\d+) --> (\d+):(\d+):(\d+\.\d+)\n(\S+)#xywh=(\d+),(\d+),160,90\n")


async def board(site: Site, browser: Browser) -> tuple[str, int]:
    """Return the path of the storyboard of the one set there is, and what its caller is answered."""
    row = await RenditionSet.get()
    path = f"/videos/{row.video_id}/{row.id}/storyboard.vtt"
    return path, (await browser.get(path)).status


@pytest.mark.parametrize("codec", ["h264", "vp9"])
@pytest.mark.parametrize("seconds", [0.5, 6, 61, pytest.param(500, marks=pytest.mark.slow)])
async def test_cues_follow_each_other_from_the_beginning_to_the_end(
    site: Site, studio: Browser, codec: str, seconds: float
) -> None:
    await site.upload(studio, instant_video(seconds=seconds, codec=codec))
    await site.work()
    text = (await studio.get((await board(site, studio))[0])).text
    assert text.startswith("WEBVTT\n\n")
    cues = [(*[float(part) for part in found[:6]], *found[6:]) for found in _CUE.findall(text)]
    times = [(h1 * 3600 + m1 * 60 + s1, h2 * 3600 + m2 * 60 + s2) for h1, m1, s1, h2, m2, s2, *_ in cues]
    assert (times[0][0], times[-1][1]) == (0, seconds)
    assert all(end == begin for (_, end), (begin, _) in pairwise(times))
    assert len({(address, x, y) for *_, address, x, y in cues}) == len(cues)
    for address in {cue[6] for cue in cues}:
        assert (await studio.get(address)).status == 200


@pytest.mark.parametrize("visibility", Visibility)
async def test_p2_storyboard_is_for_whom_the_video_is(
    site: Site, studio: Browser, client: Browser, visibility: Visibility
) -> None:
    upload = await site.upload(studio, instant_video(), visibility=visibility.value)
    await site.work()
    path, own = await board(site, studio)
    view = (await studio.api("GET", f"/videos/{upload['video_id']}")).json
    query = "".join(view["hls_url"].partition("?")[1:])
    assert (own, (await client.get(path)).status) == (200, 200 if visibility is Visibility.PUBLIC else 404)
    answer = await client.get(f"{path}{query}")
    assert answer.status == (404 if visibility is Visibility.PRIVATE else 200)
    if visibility is Visibility.UNLISTED:
        assert answer.headers["Cache-Control"] == "no-store"
    await studio.api("DELETE", f"/videos/{upload['video_id']}")
    assert [(await browser.get(f"{path}{query}")).status for browser in (studio, client)] == [404, 404]


async def test_set_that_grows_has_no_storyboard_yet(site: Site, studio: Browser) -> None:
    await at_stage(site, studio, "grown")
    assert (await board(site, studio))[1] == 404
