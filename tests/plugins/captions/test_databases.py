"""Every statement of the captions, on either database."""

import asyncio
from functools import partial
from pathlib import Path

from core.models import Video
from core.testing.sites import open_site
from plugins.captions import privacy
from plugins.captions.models import Caption
from plugins.captions.tracks import TrackFields, delete_caption, put_caption, tracks_of
from tests.conftest import EMBEDDED
from tests.fakes.transcoder_instant import instant_video
from tests.plugins.captions.conftest import SRT, VTT


async def test_captions_are_the_same_on_either_database(database_url: str, tmp_path: Path) -> None:
    async with open_site(tmp_path / "data", EMBEDDED, {"database": {"url": database_url}}) as site:
        ada = await site.user()
        upload = await site.upload(await site.browser(ada), instant_video())
        await site.work()
        video = await Video.get(id=upload["video_id"]).select_related("owner", "current_set")

        english, german = TrackFields(language="en"), TrackFields(language="de")
        put = partial(put_caption, site.services, video)
        await asyncio.gather(*(put(english, VTT) for _ in range(6)), put(german, SRT))

        assert [track.label for track in await tracks_of(video, site.services)] == ["Deutsch", "English"]
        await delete_caption(site.services, video, "de")
        assert str(await privacy.export(ada)).count("morning") == 1
        await privacy.erase(ada)
        assert not await Caption.exists()
        await put(english, VTT)
        await video.delete()
        assert not await Caption.exists()
