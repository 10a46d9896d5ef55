"""Plugins have captions; the playlists list them (RFC 8216)."""

from collections.abc import Sequence
from typing import Any

import m3u8
import pytest

from core.api import Services, TextTrack
from core.models import Video
from core.testing.sites import Browser, Site
from tests.hooks.site_with import Opener, publish

TRACKS = [
    TextTrack("en-1", "en", 'The "usual"\n', "/en.vtt"),
    TextTrack("en-2", "en", "The 'usual'", "/en-2.vtt?key=k"),
    TextTrack("de", "de", "Deutsch", "/de.vtt"),
]


async def text_tracks(video: Video, services: Services) -> Sequence[TextTrack]:
    assert services.urls.knows("core.text_playlist")
    return TRACKS if video.title == "clip" else []


async def master_of(site: Site, browser: Browser) -> tuple[str, Any]:
    """Return the address of a new video's master playlist, and the playlist."""
    video = await publish(site, browser)
    hls: str = (await browser.api("GET", f"/videos/{video.id}")).json["hls_url"]
    return hls, m3u8.loads((await browser.get(hls)).text)


async def test_hook_text_tracks(site_with: Opener) -> None:
    async with site_with(text_tracks) as site:
        browser = await site.browser(await site.user())
        _, master = await master_of(site, browser)
        texts = [media for media in master.media if media.type == "SUBTITLES"]
        assert {playlist.stream_info.subtitles for playlist in master.playlists} == {"text"}
        assert [(text.group_id, text.name, text.language, text.default, text.autoselect) for text in texts] == [
            ("text", "The 'usual'", "en", "NO", "YES"),
            ("text", "The 'usual' (en-2)", "en", "NO", "YES"),
            ("text", "Deutsch", "de", "NO", "YES"),
        ]
        for text, track in zip(texts, TRACKS, strict=True):
            playlist = m3u8.loads((await browser.get(text.uri)).text)
            assert [(segment.uri, segment.duration) for segment in playlist.segments] == [(track.url, 6)]
            assert (playlist.target_duration, playlist.playlist_type, playlist.is_endlist) == (6, "vod", True)


@pytest.mark.parametrize("fails", [True, False])
async def test_video_plays_without_the_captions_of_a_plugin_that_fails(site_with: Opener, *, fails: bool) -> None:
    async def text_tracks() -> Sequence[TextTrack]:
        if fails:
            raise ZeroDivisionError
        return []

    async with site_with(text_tracks) as site:
        browser = await site.browser(await site.user())
        hls, master = await master_of(site, browser)
        assert [media.type for media in master.media] == ["AUDIO"]
        assert {playlist.stream_info.subtitles for playlist in master.playlists} == {None}
        assert (await browser.get(hls.replace("master", "text/de"))).status == 404
