"""What our own pipeline publishes keeps every rule, read through a real site as a player reads it."""

from pathlib import Path

import pytest

from core.models import Role
from core.testing.media import make_clip
from core.testing.sites import open_site
from core.testing.verified import assert_verified

REAL = {"auth_email": None, "mail_file": None, "storage_disk": None, "transcode_ffmpeg": None, "catalog": None}


@pytest.mark.slow
@pytest.mark.parametrize("visibility", ["public", "private"])
async def test_published_clip_has_no_findings(tmp_path: Path, visibility: str) -> None:
    clip = await make_clip(tmp_path / "clip.mp4", seconds=9)
    async with open_site(tmp_path / "data", REAL) as site:
        studio = await site.browser(await site.user("ada", Role.CREATOR))
        upload = await site.upload(studio, clip.read_bytes(), visibility=visibility)
        await site.work()
        view = (await studio.api("GET", f"/videos/{upload['video_id']}")).json
        verified = await assert_verified(view["hls_url"], studio)
    assert [each.name for each in verified.renditions] == ["360p", "240p", "audio"]
    assert [each.frames for each in verified.renditions][:2] == [270, 270]
    assert all(each.duration == pytest.approx(9, abs=0.1) for each in verified.renditions)
