"""Their file, back to its owner and to nobody else, whole or from where a download stopped."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.models import Role, User, Video, Visibility
from core.testing.sites import Browser, Site, open_site
from tests.core.videos import observer
from tests.core.videos.states import in_state
from tests.core.videos.uploading import LIMITS
from tests.fakes import storage_memory, transcoder_instant
from tests.fakes.transcoder_instant import instant_video

CONTENT = instant_video()


@pytest.fixture(params=["memory", "disk"])
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    storage = {"storage_memory": storage_memory} if request.param == "memory" else {"storage_disk": None}
    plugins = {**storage, "transcoder_instant": transcoder_instant, "observer": observer}
    settings = {"uploads": LIMITS, **({"storage_disk": {"min_free_bytes": 0}} if "storage_disk" in plugins else {})}
    async with open_site(tmp_path / "data", plugins, settings) as opened:
        yield opened


async def link_of(browser: Browser, video_id: str) -> str:
    """Return where the API sends the owner."""
    answer = await browser.api("GET", f"/videos/{video_id}/original")
    assert (answer.status, answer.headers["Cache-Control"]) == (303, "no-store")
    return answer.headers["Location"]


@pytest.mark.parametrize("visibility", Visibility)
async def test_owner_downloads_the_file_as_it_was(
    site: Site, studio: Browser, client: Browser, visibility: Visibility
) -> None:
    upload = await site.upload(studio, CONTENT, visibility=visibility)
    answer = await client.get(await link_of(studio, upload["video_id"]))
    assert (answer.status, answer.body) == (200, CONTENT)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="clip.mp4"'
    assert answer.headers["Content-Type"] == "application/octet-stream"


async def test_download_goes_on_where_it_stopped(site: Site, studio: Browser, client: Browser) -> None:
    upload = await site.upload(studio, CONTENT)
    link = await link_of(studio, upload["video_id"])
    begun = await client.get(link, headers={"Range": "bytes=0-9"})
    rest = await client.get(link, headers={"Range": "bytes=10-"})
    assert (begun.status, rest.status) == (206, 206)
    assert rest.headers["Content-Range"] == f"bytes 10-{len(CONTENT) - 1}/{len(CONTENT)}"
    assert begun.body + rest.body == CONTENT
    beyond = await client.get(link, headers={"Range": f"bytes={len(CONTENT)}-"})
    assert beyond.status == 416


@pytest.mark.parametrize("role", Role)
async def test_nobody_else_is_led_to_it(site: Site, studio: Browser, client: Browser, role: Role) -> None:
    video = await in_state(site, studio, "published", Visibility.PUBLIC)
    other = await site.browser(await site.user("bob", role))
    assert (await other.api("GET", f"/videos/{video.id}/original")).status == 404
    assert (await client.api("GET", f"/videos/{video.id}/original")).status == 401


async def test_there_is_none_before_the_upload_is_complete(site: Site, studio: Browser) -> None:
    draft = await in_state(site, studio, "draft", Visibility.PUBLIC)
    assert (await studio.api("GET", f"/videos/{draft.id}/original")).status == 404


async def test_link_opens_that_original_and_nothing_else(site: Site, studio: Browser, client: Browser) -> None:
    first, second = [await in_state(site, studio, "published", Visibility.PRIVATE) for _ in range(2)]
    link, other = [(await link_of(studio, video.id)).partition("?") for video in (first, second)]
    playlist = (await studio.api("GET", f"/videos/{first.id}")).json["poster_url"].partition("?")
    assert (await client.get(f"{other[0]}?{link[2]}")).status == 403
    assert (await client.get(f"{playlist[0]}?{link[2]}")).status == 403
    assert (await client.get(f"{link[0]}?{playlist[2]}")).status == 403
    assert (await client.get(link[0])).status == 404


@pytest.mark.parametrize("change", ["visibility", "deletion", "suspension"])
async def test_link_is_void_at_once_when_the_right_has_changed_p_5(
    site: Site, studio: Browser, creator: User, client: Browser, change: str
) -> None:
    video = await in_state(site, studio, "published", Visibility.PUBLIC)
    link = await link_of(studio, video.id)
    if change == "visibility":
        await studio.api("PATCH", f"/videos/{video.id}", {"visibility": "private"})
    elif change == "deletion":
        await studio.api("DELETE", f"/videos/{video.id}")
    else:
        await User.filter(id=creator.id).update(suspended_at=datetime.now(UTC))
    assert (await client.get(link)).status == 404


async def test_owner_of_a_held_video_still_gets_it(site: Site, studio: Browser, client: Browser) -> None:
    video = await in_state(site, studio, "held", Visibility.PUBLIC)
    assert (await client.get(await link_of(studio, video.id))).status == 200
    assert await Video.filter(id=video.id, hidden_at__isnull=False).exists()
