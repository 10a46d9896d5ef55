"""Rows of the threat model that need more than the corpus: memory, output without end, pictures that change."""

import sys
from pathlib import Path

import pytest

from core.models import Job, JobState, Role
from core.processes import MIB, Finished
from core.testing.chunks import whole
from core.testing.media import make_odd
from core.testing.renditions import decode
from core.testing.sites import open_site
from core.testing.transcoder_parts import silence
from core.transcoding import MediaRejected, Reason, Transcoder
from tests.plugins.transcode_ffmpeg.conftest import PROBE_CPU_SECONDS
from tests.plugins.transcode_ffmpeg.corpus import PLUGINS, SETTINGS

pytestmark = pytest.mark.slow

ENDLESS = f"""#!{sys.executable} -IS
import sys, time
if "-version" in sys.argv:
    sys.exit(print("ffmpeg version 9.0"))
number = 0
while True:
    with open(f"360p_{{number:05}}.m4s", "wb") as file:
        file.write(bytes({MIB}))
    number += 1
    print(f"frame={{number}}", flush=True)
    time.sleep(0.005)
"""


@pytest.mark.parametrize("name", ["beyond_8k.mp4", "enormous.webm"])
async def test_t07_enormous_pictures_take_neither_memory_nor_time(
    transcoder: Transcoder, media: Path, probes: list[Finished], name: str
) -> None:
    source = await make_odd(name, media)
    with pytest.raises(MediaRejected) as rejected:
        transcoder.plan(await transcoder.probe(source))
    assert rejected.value.reason is Reason.TOO_LARGE
    (probed,) = probes
    assert probed.cpu_seconds < PROBE_CPU_SECONDS
    assert probed.peak_memory < 300 * MIB


async def test_t11_output_without_end_fails_the_job_and_leaves_nothing(media: Path, tmp_path: Path) -> None:
    stub = tmp_path / "ffmpeg"
    stub.write_text(ENDLESS)
    stub.chmod(0o755)
    content = (await make_odd("ten_bit.mp4", media)).read_bytes()
    settings = {**SETTINGS, "transcode_ffmpeg": {"ffmpeg": str(stub)}}
    async with open_site(tmp_path / "data", PLUGINS, settings) as site:
        browser = await site.browser(await site.user("ada", Role.CREATOR))
        video_id = (await site.upload(browser, content))["video_id"]
        await site.work()
        failed = await Job.get(subject=video_id, state=JobState.FAILED)
        assert failed.error_code == Reason.OUTPUT_LIMIT
        assert (await browser.api("GET", f"/videos/{video_id}/status")).json["state"] == "failed"
        assert list((tmp_path / "data" / "work").glob("*")) == []


@pytest.mark.parametrize("name", ["changing_size.ts", "changing_pixels.ts"])
async def test_t15_pictures_that_change_come_out_as_one(
    transcoder: Transcoder, media: Path, output: Path, name: str
) -> None:
    source = await make_odd(name, media)
    plan = transcoder.plan(await transcoder.probe(source))
    encoded = await transcoder.encode(source, plan, whole(plan), output, silence)
    for rendition in encoded.renditions:
        decoded = decode(output, rendition)
        assert decoded.shapes == {(rendition.width, rendition.height, 1.0)}
        assert (decoded.said, len(decoded.times)) == ((), plan.frames)
        assert len(set(decoded.middles[-10:])) > 1, "the picture stands still after the change"
