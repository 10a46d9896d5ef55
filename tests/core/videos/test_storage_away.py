"""A storage that no plugin provides any more is said to be away, clearly, and takes nothing else with it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.typing import EventDict

from core.models import RenditionSet, Upload, Video, Visibility
from core.testing.sites import Browser, Site, open_site
from tests.conftest import EMBEDDED
from tests.core.videos.states import in_state
from tests.threats.watching import addresses, ask

AWAY = "The site cannot reach its storage just now"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A site with pages."""
    async with open_site(tmp_path / "data", EMBEDDED) as opened:
        yield opened


@pytest.fixture
async def found(site: Site, studio: Browser) -> dict[str, str]:
    """Every address of a public video whose storage has gone since, and another video beside it."""
    video = await in_state(site, studio, "published", Visibility.PUBLIC)
    await in_state(site, studio, "published", Visibility.PUBLIC)
    found = await addresses(site, studio, video)
    await RenditionSet.filter(video_id=video.id).update(storage="attic")
    await Upload.filter(video_id=video.id).update(storage="attic")
    return found


@pytest.mark.parametrize("kind", ["page", "api", "master", "playlist", "original"])
async def test_video_of_a_missing_storage_is_a_clear_503(
    studio: Browser, found: dict[str, str], logs: list[EventDict], kind: str
) -> None:
    answer = await ask(studio, found[kind])
    assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
    assert AWAY in answer.text
    assert "attic" not in answer.text
    (said,) = [entry for entry in logs if entry["event"] == "storage_away"]
    assert "no storage is named 'attic'" in said["detail"]


@pytest.mark.parametrize("path", ["/", "/@ada", "/api/v1/videos", "/studio"])
async def test_lists_go_on_without_it(studio: Browser, found: dict[str, str], path: str) -> None:
    answer = await studio.get(path)
    assert answer.status == 200
    assert all(video.id in answer.text for video in await Video.all())


async def test_other_videos_are_watched_meanwhile(site: Site, client: Browser, found: dict[str, str]) -> None:
    other = await Video.filter(rendition_sets__storage="storage_memory").select_related("current_set").first()
    assert other is not None
    for kind, path in (await addresses(site, client, other)).items():
        assert (await ask(client, path)).status == (401 if kind == "original" else 200), kind


async def test_it_is_deleted_all_the_same(site: Site, studio: Browser, found: dict[str, str]) -> None:
    assert (await studio.api("DELETE", found["api"].removeprefix("/api/v1"))).status == 204
    assert (await ask(studio, found["api"])).status == 404
