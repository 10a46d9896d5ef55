"""A bucket carries a whole site: bytes go from the browser to the store and back, and never through the site."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from core.api import PartRequest
from core.models import Job, Video
from core.testing.sending import StorageHttp
from core.testing.sites import Answer, Browser, Site
from plugins.storage_s3.storage import S3Storage
from tests.fakes import transcoder_instant
from tests.s3_gateway import Gateway

pytestmark = pytest.mark.slow


async def upload(creator: Browser, http: StorageHttp, **fields: str) -> str:
    """Upload a video that plays as it is, and return its id."""
    content = transcoder_instant.instant_video()
    new = {"file_name": "clip.mp4", "size": len(content), "content_type": "video/mp4", **fields}
    opened = (await creator.api("POST", "/uploads", new)).json
    signed = (await creator.api("POST", f"/uploads/{opened['id']}/sign", {"parts": [1]})).json["parts"][0]
    assert await http.send(PartRequest(signed["url"], signed["headers"]), content) == 200
    completed = await creator.api("POST", f"/uploads/{opened['id']}/complete", {})
    assert completed.status == 200, completed.text
    return str(completed.json["video_id"])


async def segments(browser: Browser, site: Site, video_id: str) -> list[str]:
    """Return the addresses of all segments, as a player finds them."""
    video = await Video.get(id=video_id).select_related("current_set")
    assert video.current_set is not None
    master = await browser.get(site.services.urls.path("core.master", video_id=video_id, set_id=video.current_set.id))
    assert master.status == 200
    found: list[str] = []
    for line in master.text.splitlines():
        if line and not line.startswith("#"):
            media = (await browser.get(line)).text
            found += [address for address in media.splitlines() if address and not address.startswith("#")]
    return found


async def test_public_video_is_watched_straight_from_the_store(
    site: Site, creator: Browser, http: StorageHttp, gateway: Gateway
) -> None:
    video_id = await upload(creator, http)
    await site.work()
    addresses = await segments(await site.browser(), site, video_id)
    assert {urlsplit(address).netloc for address in addresses} == {urlsplit(gateway.url).netloc}
    for address in addresses:
        status, body = await http.get(address)
        assert (status, len(body)) == (200, 1000)


async def test_pages_may_reach_the_store(site: Site, gateway: Gateway) -> None:
    policy = (await (await site.browser()).get("/")).headers["Content-Security-Policy"]
    for directive in ("img-src", "media-src", "connect-src"):
        [allowed] = [each for each in policy.split("; ") if each.startswith(directive)]
        assert gateway.url in allowed.split()


async def test_p_4_private_video_is_watched_by_its_owner_only(site: Site, creator: Browser, http: StorageHttp) -> None:
    video_id = await upload(creator, http, visibility="private")
    await site.work()
    addresses = await segments(creator, site, video_id)
    assert addresses
    for address in addresses:
        assert (await http.get(address))[0] == 200
        assert (await http.get(address.partition("?")[0]))[0] == 403
    stranger = await site.browser()
    video = await Video.get(id=video_id).select_related("current_set")
    assert video.current_set is not None
    master = site.services.urls.path("core.master", video_id=video_id, set_id=video.current_set.id)
    assert (await stranger.get(master)).status == 404


@pytest.mark.parametrize("seed", range(2))
async def test_r_9_video_is_published_while_a_third_of_all_requests_fail(
    site: Site, creator: Browser, http: StorageHttp, gateway: Gateway, seed: int
) -> None:
    content = transcoder_instant.instant_video()
    gateway.faults.at_random(seed, 0.3)
    new = {"file_name": "clip.mp4", "size": len(content), "content_type": "video/mp4"}
    opened = (await stubbornly(creator, "/uploads", new)).json
    for _ in range(20):
        signed = (await stubbornly(creator, f"/uploads/{opened['id']}/sign", {"parts": [1]})).json["parts"][0]
        with suppress(OSError):
            if await http.send(PartRequest(signed["url"], signed["headers"]), content) == 200:
                break
    video_id = (await stubbornly(creator, f"/uploads/{opened['id']}/complete", {})).json["video_id"]
    await site.work()
    gateway.faults.at_random(seed, 0)
    assert gateway.faults.happened
    for address in await segments(await site.browser(), site, video_id):
        assert (await http.get(address))[0] == 200


async def stubbornly(browser: Browser, path: str, body: object) -> Answer:
    """Post until the site has an answer, as the upload page does."""
    for _ in range(10):
        answer = await browser.api("POST", path, body)
        if answer.status < 400:
            return answer
        assert answer.status >= 422, answer.text
    raise AssertionError(f"{path} failed ten times")


async def test_r_19_deleted_video_leaves_nothing_in_the_bucket(site: Site, creator: Browser, http: StorageHttp) -> None:
    video_id = await upload(creator, http)
    await site.work()
    unfinished = {"file_name": "clip.mp4", "size": 10_000, "content_type": "video/mp4"}
    opened = (await creator.api("POST", "/uploads", unfinished)).json
    assert (await creator.api("DELETE", f"/videos/{video_id}")).status == 204
    assert (await creator.api("DELETE", f"/uploads/{opened['id']}")).status == 204
    await work_until_erased(site, video_id)
    storage = site.services.storage
    assert isinstance(storage, S3Storage)
    bucket = storage.bucket
    assert (await bucket.client.list_objects_v2(Bucket=bucket.name))["KeyCount"] == 0
    assert "Uploads" not in await bucket.client.list_multipart_uploads(Bucket=bucket.name)


async def work_until_erased(site: Site, video_id: str) -> None:
    """Let the days of grace pass, and run what is due until the video's row is gone."""
    async with asyncio.timeout(90):
        while await Video.exists(id=video_id):
            await Job.filter(kind="videos.erase").update(run_at=datetime.now(UTC))
            await site.work()
            await asyncio.sleep(0.1)
