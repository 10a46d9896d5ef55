"""What is deleted or taken down is refused at once by every address there is of it, and soon gone (P-10)."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.models import Role, Video, Visibility
from core.storage import StorageKey
from core.testing.sending import keys_below
from core.testing.sites import Browser, Site
from tests.core.videos.states import in_state
from tests.core.videos.uploading import due
from tests.threats.watching import addresses, ask, captioned, media_of


@pytest.fixture
async def site(disk_site: Site) -> Site:
    return disk_site


@pytest.fixture(params=Visibility)
async def video(request: pytest.FixtureRequest, site: Site, studio: Browser) -> Video:
    """A published video of each visibility, with captions."""
    return await captioned(studio, await in_state(site, studio, "published", request.param))


@pytest.fixture
async def callers(site: Site, studio: Browser, client: Browser) -> dict[str, Browser]:
    moderator = await site.browser(await site.user("mod", Role.MODERATOR))
    return {"owner": studio, "moderator": moderator, "link holder": client}


async def everything(site: Site, callers: dict[str, Browser], video: Video) -> dict[str, dict[str, str]]:
    """Return every address that each caller has of the video: pages, playlists, every object, and the original."""
    found = {}
    for name, browser in callers.items():
        key = f"?key={video.link_key}"
        found[name] = await addresses(site, browser, video, key)
        shown = await browser.api("GET", f"/videos/{video.id}{key}")
        if shown.status == 200:
            found[name] |= {url: url for url in await media_of(browser, shown.json)}
    led = await callers["owner"].api("GET", f"/videos/{video.id}/original")
    return found | {"owner": found["owner"] | {"file": led.headers["Location"]}}


async def statuses(callers: dict[str, Browser], found: dict[str, dict[str, str]]) -> dict[str, set[int]]:
    """Return what each caller is answered with."""
    return {name: {(await ask(callers[name], path)).status for path in paths.values()} for name, paths in found.items()}


def files_in(data: Path) -> list[Path]:
    """Return every file of the storage."""
    return [path for path in (data / "media").rglob("*") if path.is_file()]


async def test_p10_deleted_video_is_refused_at_once_and_soon_gone(
    site: Site, callers: dict[str, Browser], video: Video, tmp_path: Path
) -> None:
    found = await everything(site, callers, video)
    assert len(found["owner"]) > 15
    assert (await ask(callers["owner"], found["owner"]["file"])).status == 200
    assert (await callers["owner"].api("DELETE", f"/videos/{video.id}")).status == 204
    assert files_in(tmp_path / "data")
    refused = await statuses(callers, found)
    assert refused.pop("link holder") <= {404, 401}  # 401: only who is signed in may ask for originals
    assert refused == {"owner": {404}, "moderator": {404}}
    await due(site, "videos.erase")
    assert await keys_below(site.services.storage, StorageKey("videos")) == set()
    assert files_in(tmp_path / "data") == []
    assert not await Video.exists(id=video.id)


async def test_p10_video_that_is_taken_down_is_refused_at_once(
    site: Site, callers: dict[str, Browser], video: Video
) -> None:
    found = await everything(site, callers, video)
    await Video.filter(id=video.id).update(hidden_at=datetime.now(UTC))
    unsigned = {name: path for name, path in found["owner"].items() if path.startswith("/media") and "?" not in path}
    refused = await statuses(callers, {"link holder": found["link holder"] | unsigned})
    assert refused["link holder"] == {404, 401}


async def test_p10_links_from_before_a_deletion_stay_void_after_it_was_taken_back(
    site: Site, callers: dict[str, Browser], client: Browser
) -> None:
    video = await in_state(site, callers["owner"], "published", Visibility.PRIVATE)
    urls = await media_of(callers["owner"], (await callers["owner"].api("GET", f"/videos/{video.id}")).json)
    assert (await callers["owner"].api("DELETE", f"/videos/{video.id}")).status == 204
    assert (await callers["owner"].api("POST", f"/videos/{video.id}/restore", {})).status == 200
    assert {(await client.get(url)).status for url in urls} == {404}
    again = await media_of(callers["owner"], (await callers["owner"].api("GET", f"/videos/{video.id}")).json)
    assert {(await client.get(url)).status for url in again} == {200}
