"""The whole flow, from the file to the picture, through nothing but what a browser sees; on one machine or several."""

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import av
import m3u8
import pytest

from core.models import Role
from core.testing.media import make_clip
from core.testing.sites import Browser, Site
from tests.fakes.transcoder_instant import instant_video
from tests.scaled import DeploymentOpener

ADDRESS = re.compile(r'URI="([^"]+)"|^([^#\n].*)$', re.MULTILINE)


@pytest.fixture
async def site(open_deployment: DeploymentOpener) -> AsyncIterator[Site]:
    """A site as it is deployed, but for a transcoder that works at once."""
    async with open_deployment("transcoder_instant") as opened:
        yield opened


async def states_until_done(browser: Browser, video_id: str) -> list[dict[str, Any]]:
    """Follow a video's events to the end of its processing."""
    seen: list[dict[str, Any]] = []
    async with browser.request("GET", f"/api/v1/videos/{video_id}/events") as stream:
        async for line in stream.content:
            if line.startswith(b"data:"):
                seen.append(json.loads(line[5:]))
                if seen[-1]["state"] in ("published", "failed", "held"):
                    break
    return seen


async def test_upload_becomes_a_video_that_strangers_find_and_watch(
    site: Site, studio: Browser, client: Browser
) -> None:
    upload = await site.upload(studio, instant_video(), title="The <reel>", file_name="reel.mp4")
    video_id = upload["video_id"]
    assert (await client.get(f"/watch/{video_id}")).status == 404
    assert video_id in (await studio.get("/studio")).text
    await site.work()
    home = await client.get("/")
    assert "The &lt;reel&gt;" in home.text
    assert f'href="/watch/{video_id}"' in home.text
    (listed,) = (await client.api("GET", "/videos")).json["items"]
    watch = await client.get(listed["watch_url"])
    assert (watch.status, listed["id"]) == (200, video_id)
    assert listed["hls_url"] in watch.text
    assert len([url async for url in media_below(client, listed["hls_url"])]) == 9
    assert "The &lt;reel&gt;" in (await client.get("/@ada")).text


async def test_creator_changes_and_deletes_a_video(site: Site, studio: Browser, client: Browser) -> None:
    video_id = (await site.upload(studio, instant_video()))["video_id"]
    await site.work()
    details = {"title": "Another title", "description": "**bold**", "visibility": "unlisted"}
    assert (await studio.post(f"/studio/videos/{video_id}", details)).status == 303
    link = (await studio.api("GET", f"/videos/{video_id}")).json["watch_url"]
    assert (await client.api("GET", "/videos")).json["items"] == []
    assert (await client.get(f"/watch/{video_id}")).status == 404
    assert "<strong>bold</strong>" in (await client.get(link)).text
    assert (await studio.post(f"/studio/videos/{video_id}/delete")).status == 303
    assert (await client.get(link)).status == 404


async def test_failed_upload_says_why_and_can_be_tried_again(site: Site, studio: Browser, client: Browser) -> None:
    video_id = (await site.upload(studio, b"Dear diary".ljust(1024), title="Diary"))["video_id"]
    await site.work()
    page = await studio.get(f"/studio/videos/{video_id}")
    assert "This file is not a video in a format this site knows." in page.text
    assert f'action="/studio/videos/{video_id}/retry"' in page.text
    assert (await studio.post(f"/studio/videos/{video_id}/retry")).status == 303
    assert (await client.get(f"/watch/{video_id}")).status == 404


async def media_below(browser: Browser, playlist: str) -> AsyncIterator[bytes]:
    """Yield the content of every file that a playlist leads to."""
    answer = await browser.get(playlist)
    assert answer.status == 200, playlist
    for quoted, line in ADDRESS.findall(answer.text):
        url = quoted or line
        if ".m3u8" in url:
            async for content in media_below(browser, url):
                yield content
        else:
            media = await browser.get(url)
            assert media.status == 200, url
            yield media.body


@pytest.fixture
async def real_site(open_deployment: DeploymentOpener) -> AsyncIterator[Site]:
    """A site as it is deployed."""
    async with open_deployment("transcode_ffmpeg", workers=2) as opened:
        yield opened


@pytest.mark.slow
@pytest.mark.parametrize("visibility", ["public", "private"])
async def test_real_clip_plays(real_site: Site, tmp_path: Path, visibility: str) -> None:
    clip = await make_clip(tmp_path / "clip.mp4", seconds=2)
    studio = await real_site.browser(await real_site.user("ada", Role.CREATOR))
    upload = await real_site.upload(studio, clip.read_bytes(), visibility=visibility)
    seen, _ = await asyncio.gather(states_until_done(studio, upload["video_id"]), real_site.work())
    assert [status["state"] for status in seen][-1] == "published", seen[-1]
    assert [status["progress"] for status in seen] == sorted(status["progress"] for status in seen)
    view = (await studio.api("GET", f"/videos/{upload['video_id']}")).json
    assert view["duration"] == pytest.approx(2, abs=0.1)
    master = m3u8.loads((await studio.get(view["hls_url"])).text)
    for playlist in master.playlists:
        content = b"".join([content async for content in media_below(studio, playlist.uri)])
        with av.open(io.BytesIO(content), "r") as media:
            frames = list(media.decode(video=0))
        assert (frames[0].width, frames[0].height) == playlist.stream_info.resolution
        assert len(frames) == pytest.approx(60, abs=1)
    poster = (await studio.get(view["poster_url"])).body
    with av.open(io.BytesIO(poster), "r") as picture:
        assert next(picture.decode(video=0)).width > 0
    stranger = await real_site.browser()
    assert (await stranger.get(view["hls_url"])).status == (200 if visibility == "public" else 404)
