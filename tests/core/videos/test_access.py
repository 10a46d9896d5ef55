"""Who sees what of which video: every state, visibility, kind of address and caller against one table (P-2, Z-5)."""

from datetime import UTC, datetime

import pytest

from core.models import Role, User, Video, Visibility
from core.testing.sites import Answer, Browser, Site
from tests.core.videos.states import WITHOUT_MEDIA, in_state

NOBODY_ID = "0" * 16

# Who may watch. The owner's session ends with a suspension, so that row has no owner.
TABLE = {
    ("draft", "public"): {"owner", "moderator"},
    ("draft", "unlisted"): {"owner", "moderator"},
    ("draft", "private"): {"owner", "moderator"},
    ("processing", "public"): {"owner", "moderator"},
    ("processing", "unlisted"): {"owner", "moderator"},
    ("processing", "private"): {"owner", "moderator"},
    ("playable", "public"): {"owner", "moderator", "other", "anonymous", "link holder"},
    ("playable", "unlisted"): {"owner", "moderator", "link holder"},
    ("playable", "private"): {"owner", "moderator"},
    ("published", "public"): {"owner", "moderator", "other", "anonymous", "link holder"},
    ("published", "unlisted"): {"owner", "moderator", "link holder"},
    ("published", "private"): {"owner", "moderator"},
    ("held", "public"): {"owner", "moderator"},
    ("held", "unlisted"): {"owner", "moderator"},
    ("held", "private"): {"owner", "moderator"},
    ("deleted", "public"): set(),
    ("deleted", "unlisted"): set(),
    ("deleted", "private"): set(),
    ("owner suspended", "public"): {"moderator"},
    ("owner suspended", "unlisted"): {"moderator"},
    ("owner suspended", "private"): {"moderator"},
}
STATES = list(dict.fromkeys(state for state, _ in TABLE))


@pytest.fixture
async def callers(site: Site, creator: User, studio: Browser) -> dict[str, Browser]:
    anonymous = await site.browser()
    return {
        "owner": studio,
        "moderator": await site.browser(await site.user("mod", Role.MODERATOR)),
        "other": await site.browser(await site.user("bob", Role.CREATOR)),
        "anonymous": anonymous,
        "link holder": anonymous,
    }


def addresses(video: Video, key: str) -> dict[str, str]:
    """Return what a caller may try, by kind."""
    api, media = f"/api/v1/videos/{video.id}", f"/videos/{video.id}/{video.current_set_id or NOBODY_ID}"
    return {
        "page": f"/watch/{video.id}{key}",
        "api": f"{api}{key}",
        "status": f"{api}/status{key}",
        "events": f"{api}/events{key}",
        "master": f"{media}/master.m3u8{key}",
        "playlist": f"{media}/720p.m3u8{key}",
    }


def plain(answer: Answer) -> tuple[int, bytes, dict[str, str]]:
    headers = {name: value for name, value in answer.headers.items() if name.lower() not in ("date", "x-request-id")}
    return answer.status, answer.body, headers


async def ask(browser: Browser, path: str) -> Answer:
    """GET a path as a program; of a stream only its beginning."""
    async with browser.request("GET", path, headers={"Accept": "*/*"}) as got:
        streams = got.headers["Content-Type"] == "text/event-stream"
        return Answer(got.status, got.headers, b"" if streams else await got.read(), got.cookies)


@pytest.mark.parametrize("state", STATES)
async def test_addresses_answer_whoever_may_watch_and_no_one_else_p_2(
    site: Site, creator: User, studio: Browser, callers: dict[str, Browser], state: str
) -> None:
    videos = [await in_state(site, studio, state, visibility) for visibility in Visibility]
    for video in videos if state == "deleted" else []:
        assert (await studio.api("DELETE", f"/videos/{video.id}")).status == 204
    if state == "owner suspended":
        await User.filter(id=creator.id).update(suspended_at=datetime.now(UTC))
    for video in videos:
        for name, browser in callers.items():
            key = f"?key={video.link_key}" if name == "link holder" else ""
            for kind, path in addresses(video, key).items():
                answer = await ask(browser, path)
                there = kind not in ("master", "playlist") or state not in WITHOUT_MEDIA
                expected = 200 if there and name in TABLE[state, video.visibility] else 404
                assert answer.status == expected, (video.visibility, name, kind)
                if answer.status == 404:
                    missing = await ask(browser, path.replace(video.id, NOBODY_ID))
                    assert plain(answer) == plain(missing), (video.visibility, name, kind)


@pytest.mark.parametrize("key", ["", "?key=", "?key=wrong", "?key=%00", "?key=%C3%A9", f"?key={'0' * 26}"])
async def test_unlisted_video_needs_its_very_key_p_9(site: Site, studio: Browser, client: Browser, key: str) -> None:
    video = await in_state(site, studio, "published", Visibility.UNLISTED)
    assert (await client.api("GET", f"/videos/{video.id}{key}")).status == 404


@pytest.mark.parametrize("role", [None, *Role])
async def test_only_its_owner_changes_a_video_z_1(site: Site, studio: Browser, role: Role | None) -> None:
    video = await in_state(site, studio, "published", Visibility.PUBLIC)
    other = await site.browser(await site.user("eve", role) if role else None)
    before = await Video.all().values()
    for method, path, body in [("PATCH", "", {"title": "Mine"}), ("DELETE", "", None), ("POST", "/retry", {})]:
        answers = [await other.api(method, f"/videos/{id_}{path}", body) for id_ in (video.id, NOBODY_ID)]
        assert [answer.status for answer in answers] == [404 if role else 401] * 2
        assert answers[0].body == answers[1].body
    assert await Video.all().values() == before
