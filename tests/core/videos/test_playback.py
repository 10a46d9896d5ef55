"""Playlists as players read them (RFC 8216)."""

from typing import Any

import m3u8
import pytest

from core.models import Rendition, Video
from core.testing.sites import Browser, Site
from tests.fakes.transcoder_instant import instant_video


@pytest.fixture
async def shown(studio: Browser, published: Video) -> dict[str, Any]:
    view: dict[str, Any] = (await studio.api("GET", f"/videos/{published.id}")).json
    return view


async def test_master_playlist_offers_every_rung_best_first(client: Browser, shown: dict[str, Any]) -> None:
    answer = await client.get(shown["hls_url"])
    assert answer.headers["Content-Type"].startswith("application/vnd.apple.mpegurl")
    assert answer.headers["Cache-Control"] == "public, max-age=30"
    master = m3u8.loads(answer.text)
    assert master.is_variant
    assert master.is_independent_segments
    infos = [playlist.stream_info for playlist in master.playlists]
    assert [info.resolution for info in infos] == [(1280, 720), (640, 360)]
    assert [info.frame_rate for info in infos] == [30, 30]
    assert {info.codecs for info in infos} == {"avc1.64001f,mp4a.40.2"}
    assert {info.audio for info in infos} == {"audio"}


async def test_bandwidth_is_that_of_pictures_and_sound_together(
    client: Browser, shown: dict[str, Any], published: Video
) -> None:
    renditions = await Rendition.filter(rendition_set_id=published.current_set_id)
    sound = next(rendition for rendition in renditions if rendition.kind == "audio")
    master = m3u8.loads((await client.get(shown["hls_url"])).text)
    offered = {(p.stream_info.bandwidth, p.stream_info.average_bandwidth) for p in master.playlists}
    assert offered == {
        (r.peak_bandwidth + sound.peak_bandwidth, r.average_bandwidth + sound.average_bandwidth)
        for r in renditions
        if r.kind == "video"
    }


async def test_sound_is_one_group_for_all_rungs(client: Browser, shown: dict[str, Any]) -> None:
    (sound,) = m3u8.loads((await client.get(shown["hls_url"])).text).media
    assert (sound.type, sound.group_id, sound.default, sound.autoselect) == ("AUDIO", "audio", "YES", "YES")
    assert (await client.get(sound.uri)).status == 200


async def test_silent_video_has_no_audio_group(site: Site, studio: Browser) -> None:
    upload = await site.upload(studio, instant_video(audio=False))
    await site.work()
    view = (await studio.api("GET", f"/videos/{upload['video_id']}")).json
    master = m3u8.loads((await studio.get(view["hls_url"])).text)
    assert master.media == []
    assert {playlist.stream_info.codecs for playlist in master.playlists} == {"avc1.64001f"}


async def test_media_playlist_lists_every_segment_of_a_finished_video(client: Browser, shown: dict[str, Any]) -> None:
    master = m3u8.loads((await client.get(shown["hls_url"])).text)
    for address in [*(playlist.uri for playlist in master.playlists), master.media[0].uri]:
        playlist = m3u8.loads((await client.get(address)).text)
        assert (playlist.playlist_type, playlist.is_endlist) == ("vod", True)
        assert [segment.duration for segment in playlist.segments] == [4, 2]
        assert playlist.target_duration >= max(round(segment.duration) for segment in playlist.segments)
        for url in [playlist.segment_map[0].uri, *(segment.uri for segment in playlist.segments)]:
            media = await client.get(url)
            assert (media.status, media.headers["Content-Type"]) == (200, "video/mp4")


async def test_unlisted_playlists_lead_on_with_their_key(site: Site, studio: Browser, client: Browser) -> None:
    upload = await site.upload(studio, instant_video(), visibility="unlisted")
    await site.work()
    view = (await studio.api("GET", f"/videos/{upload['video_id']}")).json
    key = (await Video.get(id=upload["video_id"])).link_key
    assert view["watch_url"] == f"/watch/{upload['video_id']}?key={key}"
    answer = await client.get(view["hls_url"])
    assert answer.headers["Cache-Control"] == "no-store"
    for playlist in m3u8.loads(answer.text).playlists:
        assert (await client.get(playlist.uri)).status == 200
        assert (await client.get(playlist.uri.partition("?")[0])).status == 404


@pytest.mark.parametrize("name", ["1080p", "nothing", "audio_init", "0" * 40])
async def test_unknown_rendition_is_not_there(client: Browser, shown: dict[str, Any], name: str) -> None:
    assert (await client.get(shown["hls_url"].replace("master", name))).status == 404


async def test_set_of_another_video_is_not_there(site: Site, studio: Browser, shown: dict[str, Any]) -> None:
    other = await site.upload(studio, instant_video())
    await site.work()
    assert (await studio.get(shown["hls_url"].replace(shown["id"], other["video_id"]))).status == 404


async def test_view_says_what_a_player_needs_and_no_more_z_6(shown: dict[str, Any]) -> None:
    assert set(shown) == {
        "id",
        "title",
        "description",
        "visibility",
        "watch_url",
        "hls_url",
        "poster_url",
        "duration",
        "created_at",
        "published_at",
        "owner",
    }
    assert shown["owner"] == {"handle": "ada", "display_name": "Ada"}
    assert (shown["duration"], shown["watch_url"]) == (6, f"/watch/{shown['id']}")


async def test_video_without_media_has_no_links(studio: Browser, video_id: str) -> None:
    view = (await studio.api("GET", f"/videos/{video_id}")).json
    assert (view["hls_url"], view["poster_url"], view["duration"], view["published_at"]) == (None, None, None, None)
