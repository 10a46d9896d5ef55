"""The public lists of the JSON API."""

import pytest

from core.models import Visibility
from core.testing.sites import Browser, Site
from tests.plugins.catalog.conftest import VideoMaker


async def test_pages_of_the_list_join_without_gap(client: Browser, a_video: VideoMaker) -> None:
    expected = [(await a_video(f"Clip {number}", minutes=-number)).id for number in range(5)]
    seen: list[str] = []
    path = "/videos?limit=2"
    while True:
        answer = (await client.api("GET", path)).json
        seen += [item["id"] for item in answer["items"]]
        if answer["next_cursor"] is None:
            break
        path = f"/videos?limit=2&cursor={answer['next_cursor']}"
    assert seen == expected


async def test_list_of_a_channel_holds_its_public_videos(client: Browser, site: Site, a_video: VideoMaker) -> None:
    await a_video("Mine")
    await a_video("Secret", visibility=Visibility.UNLISTED)
    await a_video("Theirs", owner=await site.user("bob"))
    items = (await client.api("GET", "/videos?channel=ada")).json["items"]
    assert [item["title"] for item in items] == ["Mine"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "page=2", "cursor=x", "limit=1&limit=2", "channel=A"]
)
async def test_bad_query_is_a_problem_that_says_where(client: Browser, query: str) -> None:
    answer = await client.api("GET", f"/videos?{query}")
    assert answer.status == 422
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert list(answer.json["errors"]) == [query.partition("=")[0]]


async def test_channel_is_described(client: Browser, a_video: VideoMaker) -> None:
    await a_video()
    await a_video(visibility=Visibility.PRIVATE)
    answer = await client.api("GET", "/channels/ada")
    assert answer.json == {"handle": "ada", "display_name": "Ada", "videos": 1, "url": "/@ada"}


async def test_unknown_channel_is_not_found(client: Browser) -> None:
    assert (await client.api("GET", "/channels/nobody")).status == 404
    assert (await client.api("GET", "/videos?channel=nobody")).status == 404
