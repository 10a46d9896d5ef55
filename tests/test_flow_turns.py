"""Every turn that the flow takes besides the straight one, through HTTP, on one machine and on several."""

import io
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.models import EncodedPart, Video
from core.storage import StorageKey
from core.testing.sending import keys_below
from core.testing.sites import Browser, Site
from core.videos.runs import SWEEP
from tests.core.videos.failing import status_of
from tests.core.videos.stages import CHUNKS, at_stage, erase, objects_without_rows
from tests.core.videos.test_growing import assert_all_there, playlists, segments
from tests.core.videos.uploading import due
from tests.fakes.transcoder_instant import instant_video
from tests.only_set import only_set
from tests.scaled import DeploymentOpener
from tests.threats.watching import links_in

SRT = b"1\r\n00:00:01,000 --> 00:00:02,500\r\nGuten <i>Morgen</i>\r\n"


@pytest.fixture
async def site(open_deployment: DeploymentOpener) -> AsyncIterator[Site]:
    """A site as it is deployed, but for a transcoder that works at once, and short chunks."""
    async with open_deployment("transcoder_instant", settings={"chunks": CHUNKS}) as opened:
        yield opened


async def master_of(browser: Browser, video_id: str) -> str:
    address: str = (await browser.api("GET", f"/videos/{video_id}")).json["hls_url"]
    return address


async def test_growing_video_is_watched_and_becomes_whole_at_the_same_address(
    site: Site, studio: Browser, client: Browser
) -> None:
    video_id = await at_stage(site, studio, "grown")
    growing, texts = await master_of(client, video_id), await playlists(client, video_id)
    assert (await status_of(client, video_id))["state"] == "playable"
    assert {name: len(segments(text)) for name, text in texts.items()} == {"720p": 5, "360p": 5, "audio": 15}
    assert {"#EXT-X-ENDLIST" in text for text in texts.values()} == {False}
    await assert_all_there(client, texts)
    await site.work()
    assert (await status_of(client, video_id))["state"] == "published"
    assert await master_of(client, video_id) == growing
    whole = await playlists(client, video_id)
    assert all(text.endswith("#EXT-X-ENDLIST\n") for text in whole.values())
    assert segments(whole["720p"])[:5] == segments(texts["720p"])
    await assert_all_there(client, whole)
    await only_set(site, video_id)


async def test_cancelled_in_the_middle_leaves_nothing_and_is_published_when_tried_again(
    site: Site, studio: Browser, client: Browser
) -> None:
    video_id = await at_stage(site, studio, "grown")
    cancelled = await studio.api("POST", f"/videos/{video_id}/cancel", {})
    assert (cancelled.status, cancelled.json["state"], cancelled.json["playable"]) == (200, "cancelled", False)
    await due(site, SWEEP)
    assert (await studio.api("GET", f"/videos/{video_id}")).json["hls_url"] is None
    assert await objects_without_rows(site) == set()
    assert not await EncodedPart.exists()
    again = await studio.api("POST", f"/videos/{video_id}/retry", {})
    assert (again.status, again.json["state"]) == (202, "processing")
    await site.work()
    assert (await status_of(client, video_id))["state"] == "published"
    await assert_all_there(client, await playlists(client, video_id))


async def test_failed_video_says_why_is_tried_again_and_replaced_and_replaced(
    site: Site, studio: Browser, client: Browser
) -> None:
    video_id = await at_stage(site, studio, "failed")
    assert (await studio.api("POST", f"/videos/{video_id}/retry", {})).status == 202
    await site.work()
    told = await status_of(studio, video_id)
    assert (told["state"], told["failure"]["code"]) == ("failed", "unsupported_format")
    await site.upload(studio, instant_video(), replaces=video_id)
    await site.work()
    assert (await status_of(client, video_id))["state"] == "published"
    first, texts = await master_of(client, video_id), await playlists(client, video_id)
    await site.upload(studio, instant_video(seconds=60, codec="vp9"), replaces=video_id)
    assert await master_of(client, video_id) == first
    await site.work()
    assert await master_of(client, video_id) != first
    assert (await client.api("GET", f"/videos/{video_id}")).json["duration"] == 60
    await assert_all_there(client, texts)
    await assert_all_there(client, await playlists(client, video_id))
    assert len(await keys_below(site.services.storage, StorageKey("originals"))) == 1


async def test_captions_are_listed_and_read_and_everything_goes_with_the_video(
    site: Site, studio: Browser, client: Browser
) -> None:
    video_id = await at_stage(site, studio, "published")
    captions = f"/api/v1/videos/{video_id}/captions"
    sent: dict[str, Any] = {
        "params": {"language": "de"},
        "data": io.BytesIO(SRT),
        "headers": {"Content-Type": "application/x-subrip"},
    }
    async with studio.request("PUT", captions, **sent) as answer:
        assert answer.status == 200, await answer.text()
    master = await client.get(await master_of(client, video_id))
    (listed,) = [line for line in master.text.splitlines() if "TYPE=SUBTITLES" in line]
    (text,) = links_in((await client.get(next(links_in(listed)))).text)
    assert "Guten <i>Morgen</i>" in (await client.get(text)).text
    texts = await playlists(client, video_id)
    await assert_all_there(client, texts)
    assert (await studio.api("DELETE", f"/videos/{video_id}?for_good=true")).status == 204
    assert (await client.api("GET", f"/videos/{video_id}")).status == 404
    assert (await client.get(text)).status == 404
    await erase(site)
    assert not await Video.exists()
    for root in ("videos", "originals"):
        assert await keys_below(site.services.storage, StorageKey(root)) == set()
