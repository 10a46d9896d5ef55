"""A real video of several chunks, on one machine and on several: one continuous whole that the verifier believes."""

from pathlib import Path

import m3u8
import pytest

from core.models import Job, JobState, Role
from core.testing.media import ffmpeg
from core.testing.sites import Browser
from core.testing.verified import assert_verified
from core.videos.runs import CHUNK, COPY, PROCESSING, SOUND
from tests.only_set import only_set, work_folders
from tests.scaled import DeploymentOpener, ScaledSite, at_rest, running_workers

SECONDS = 40
SETTINGS = {"chunks": {"shortest": 10, "longest": 20}}
_INPUTS = (
    *("-f", "lavfi", "-i", f"testsrc2=duration={SECONDS}:size=640x360:rate=10"),
    *("-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:duration={SECONDS}"),
    *("-f", "lavfi", "-i", f"sine=frequency=880:sample_rate=48000:duration={SECONDS}"),
    *("-map", "0:v", "-map", "1:a", "-map", "2:a"),
    *("-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=deu"),
)
SOURCES = {
    "copied.mp4": ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-crf", "38", "-g", "10"),
    "encoded.webm": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "300k", "-g", "50"),
}


async def continuous(browser: Browser, master: str) -> set[int]:
    """Return how many segments the playlists of pictures have; each playlist is whole, and goes on without a break."""
    names = m3u8.loads((await browser.get(master)).text)
    playlists = [m3u8.loads((await browser.get(each.uri)).text) for each in [*names.playlists, *names.media]]
    for playlist in playlists:
        assert playlist.is_endlist
        assert not any(segment.discontinuity for segment in playlist.segments)
        assert sum(segment.duration for segment in playlist.segments) == pytest.approx(SECONDS, abs=0.2)
    return {len(playlist.segments) for playlist in playlists[: len(names.playlists)]}


@pytest.mark.slow
@pytest.mark.parametrize("name", SOURCES)
async def test_chunks_that_workers_encode_side_by_side_are_one_verified_video(
    name: str, open_deployment: DeploymentOpener, tmp_path: Path
) -> None:
    await ffmpeg([*_INPUTS, *SOURCES[name], name], tmp_path)
    async with open_deployment("transcode_ffmpeg", workers=2, settings=SETTINGS) as site:
        studio = await site.browser(await site.user("ada", Role.CREATOR))
        stranger = await site.browser()
        async with running_workers(site):
            upload = await site.upload(studio, (tmp_path / name).read_bytes(), file_name=name, visibility="public")
            await at_rest()
        view = (await stranger.api("GET", f"/videos/{upload['video_id']}")).json
        await assert_verified(view["hls_url"], stranger)
        assert len(await continuous(stranger, view["hls_url"])) == 1
        chunks = await Job.filter(kind=CHUNK)
        assert len(chunks) == 3
        jobs = await Job.filter(kind__in=PROCESSING)
        assert {(job.state, job.attempts) for job in jobs} == {(JobState.DONE, 1)}
        assert len({job.worker for job in chunks}) == (2 if isinstance(site, ScaledSite) else 1)
        apart = COPY if name == "copied.mp4" else SOUND
        assert [job.kind for job in jobs if job.kind in (COPY, SOUND)] == [apart]
        row = await only_set(site, upload["video_id"])
        sounds = [each.language for each in sorted(row.renditions, key=lambda each: each.id) if each.kind == "audio"]
        assert sounds == ["eng", "deu"]
        assert work_folders(site) == []
