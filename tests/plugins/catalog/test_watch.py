"""The watch page."""

import re

import pytest

from core.models import Role, Upload, UploadState, Video, Visibility
from core.testing.sites import Browser, Site
from tests.plugins.catalog.conftest import NOON, VideoMaker

WRONG_KEY = "0" * 26


async def test_anybody_watches_a_public_video(client: Browser, a_video: VideoMaker) -> None:
    video = await a_video("Open", description="**Bold** words")
    page = await client.get(f"/watch/{video.id}")
    assert page.status == 200
    assert "<mutoscope-player" in page.text
    assert f'<link rel="canonical" href="http://127.0.0.1:8000/watch/{video.id}">' in page.text
    assert "<strong>Bold</strong>" in page.text


async def test_without_scripts_the_page_has_native_controls(client: Browser, a_video: VideoMaker) -> None:
    video = await a_video()
    page = (await client.get(f"/watch/{video.id}")).text
    assert re.search(r"<video controls [^>]*preload=\"none\"", page)
    source = re.search(r'<source src="([^"]+)" type="application/vnd.apple.mpegurl">', page)
    assert source
    assert (await client.get(source[1])).status == 200


async def test_private_video_is_there_for_its_owner_alone(
    client: Browser, creator_browser: Browser, site: Site, a_video: VideoMaker
) -> None:
    video = await a_video(visibility=Visibility.PRIVATE)
    other = await site.browser(await site.user("bob", Role.CREATOR))
    assert (await client.get(f"/watch/{video.id}")).status == 404
    assert (await other.get(f"/watch/{video.id}?key={video.link_key}")).status == 404
    page = await creator_browser.get(f"/watch/{video.id}")
    assert page.status == 200
    assert "This video is private" in page.text
    assert 'data-do="share"' not in page.text


async def test_unlisted_video_opens_with_its_key_only(client: Browser, a_video: VideoMaker) -> None:
    video = await a_video(visibility=Visibility.UNLISTED)
    assert (await client.get(f"/watch/{video.id}")).status == 404
    assert (await client.get(f"/watch/{video.id}?key={WRONG_KEY}")).status == 404
    page = await client.get(f"/watch/{video.id}?key={video.link_key}")
    assert page.status == 200
    assert '<meta name="robots" content="noindex">' in page.text
    assert 'rel="canonical"' not in page.text


async def test_owner_shares_an_unlisted_video_with_its_key(creator_browser: Browser, a_video: VideoMaker) -> None:
    video = await a_video(visibility=Visibility.UNLISTED)
    page = (await creator_browser.get(f"/watch/{video.id}")).text
    assert f'data-url="http://127.0.0.1:8000/watch/{video.id}?key={video.link_key}"' in page
    assert "only people who have the link can see it" in page


async def test_owner_waits_where_the_player_will_be(
    creator_browser: Browser, client: Browser, a_video: VideoMaker
) -> None:
    video = await a_video(complete=None, published=False)
    await accepted_upload(video)
    page = (await creator_browser.get(f"/watch/{video.id}")).text
    assert "Being prepared" in page
    assert f'data-events="/api/v1/videos/{video.id}/events"' in page
    assert "<mutoscope-player" not in page
    assert (await client.get(f"/watch/{video.id}")).status == 404


async def test_first_quality_plays_while_others_are_made(client: Browser, a_video: VideoMaker) -> None:
    video = await a_video(complete=False, visibility=Visibility.UNLISTED)
    await accepted_upload(video)
    page = (await client.get(f"/watch/{video.id}?key={video.link_key}")).text
    assert "More of this video is still being made" in page
    assert f'data-video="/api/v1/videos/{video.id}?key={video.link_key}"' in page
    assert "<mutoscope-player" in page


async def test_finished_video_has_no_note_and_no_live_script(client: Browser, a_video: VideoMaker) -> None:
    video = await a_video()
    await accepted_upload(video)
    page = (await client.get(f"/watch/{video.id}")).text
    assert "still being made" not in page
    assert '/catalog/live.js"></script>' not in page


async def test_up_next_begins_with_the_same_channel(client: Browser, site: Site, a_video: VideoMaker) -> None:
    bob = await site.user("bob")
    video = await a_video("This one")
    await a_video("Bob, newest", owner=bob, minutes=9)
    await a_video("Ada, older", minutes=1)
    await a_video("Ada, newer", minutes=2)
    await a_video("Bob, older", owner=bob, minutes=3)
    page = (await client.get(f"/watch/{video.id}")).text
    shown = re.findall(r'class="card__title"><a [^>]*>([^<]*)<', page)
    assert shown == ["Ada, newer", "Ada, older", "Bob, newest"]


async def test_up_next_is_never_longer_than_the_setting_says(client: Browser, site: Site, a_video: VideoMaker) -> None:
    video = await a_video("This one")
    for number in range(4):
        await a_video(f"Clip {number}")
    await a_video("Another channel", owner=await site.user("bob"))
    page = (await client.get(f"/watch/{video.id}")).text
    assert page.count('class="card__title"') == 3
    assert "Another channel" not in page


@pytest.mark.parametrize(("description", "folds"), [("short", False), ("line\n" * 9, True), ("word " * 90, True)])
async def test_long_description_folds(client: Browser, a_video: VideoMaker, description: str, folds: bool) -> None:  # noqa: FBT001
    video = await a_video(description=description)
    assert ("Show more" in (await client.get(f"/watch/{video.id}")).text) is folds


async def accepted_upload(video: Video) -> None:
    """Make the row of the original file, which tells "being processed" from "still being uploaded"."""
    await Upload.create(
        owner_id=video.owner_id,
        video=video,
        state=UploadState.ACCEPTED,
        storage="storage_memory",
        key=f"originals/{video.id}/original",
        storage_upload_id="made",
        file_name="clip.mp4",
        fingerprint="",
        content_type="video/mp4",
        size=1,
        part_size=1,
        expires_at=NOON,
    )
