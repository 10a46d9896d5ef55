"""Every file that people really upload ends published, or failed with a code and a sentence; never stuck (T-14)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.models import Job, JobState, Video
from core.testing.media import make_odd
from core.testing.sites import Site, open_site
from core.transcoding import Reason
from core.videos.reasons import failure
from core.videos.runs import SWEEP

PUBLISHED = "published"
ENDS: dict[str, str] = {
    "portrait_phone.mp4": PUBLISHED,
    "odd_size.mp4": PUBLISHED,
    "variable_rate.mp4": PUBLISHED,
    "ten_bit.mp4": PUBLISHED,
    "full_chroma.mp4": PUBLISHED,
    "no_audio.mp4": PUBLISHED,
    "one_frame.mp4": PUBLISHED,
    "surround.mp4": PUBLISHED,
    "audio_only.mp4": Reason.NO_VIDEO,
    "playlist.mp4": Reason.UNSUPPORTED_FORMAT,
    "concat.mp4": Reason.UNSUPPORTED_FORMAT,
    "text.mp4": Reason.UNSUPPORTED_FORMAT,
    "page.mp4": Reason.UNSUPPORTED_FORMAT,
    "archive.mp4": Reason.UNSUPPORTED_FORMAT,
    "truncated.mp4": Reason.DAMAGED,
}
SHARED = Path(__file__).resolve().parents[2] / "shared" / "media"
REAL = sorted(path for path in SHARED.glob("*") if path.suffix in (".mp4", ".webm"))


@pytest.fixture
async def real_site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path / "data", {"storage_disk": None, "transcode_ffmpeg": None}) as opened:
        yield opened


async def processed(site: Site, path: Path) -> dict[str, object]:
    """Upload a file, run everything that follows, and return the video's status."""
    browser = await site.browser(await site.user())
    upload = await site.upload(browser, path.read_bytes(), file_name=path.name)
    await site.work()
    status: dict[str, object] = (await browser.api("GET", f"/videos/{upload['video_id']}/status")).json
    return status


async def assert_nothing_is_under_way(site: Site) -> None:
    """No job waits for anything but its far-off clean-up, and no work folder is left."""
    kinds = await Job.filter(state__in=[JobState.READY, JobState.RUNNING]).values_list("kind", flat=True)
    assert set(kinds) <= {"uploads.expire", "videos.retire", SWEEP}
    assert list((site.services.settings.data_dir / "work").glob("*")) == []


@pytest.mark.slow
@pytest.mark.parametrize(("name", "end"), ENDS.items())
async def test_every_odd_file_ends(
    name: str, end: str, real_site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp() / "odd"
    folder.mkdir(exist_ok=True)

    status = await processed(real_site, await make_odd(name, folder))

    if end == PUBLISHED:
        assert (status["state"], status["failure"]) == (PUBLISHED, None)
    else:
        words = failure(end)
        expected = {"code": end, "sentence": words.sentence, "advice": words.advice}
        assert (status["state"], status["failure"]) == ("failed", expected)
    await assert_nothing_is_under_way(real_site)


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
async def test_every_real_video_is_published(path: Path, real_site: Site) -> None:
    status = await processed(real_site, path)

    assert (status["state"], status["failure"]) == (PUBLISHED, None)
    video = await Video.get(id=status["video_id"]).select_related("current_set")
    assert video.current_set is not None
    assert video.current_set.complete
    assert video.current_set.poster
    await assert_nothing_is_under_way(real_site)


async def test_an_empty_file_is_refused_before_anything_is_kept(real_site: Site) -> None:
    browser = await real_site.browser(await real_site.user())

    answer = await browser.api("POST", "/uploads", {"file_name": "empty.mp4", "size": 0, "content_type": "video/mp4"})

    assert (answer.status, answer.json["code"]) == (422, "empty_file")
    assert not await Video.exists()
