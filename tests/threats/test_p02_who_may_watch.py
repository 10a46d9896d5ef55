"""Who sees what of which video: every state, visibility, kind of address and caller against one table (P-2, Z-5)."""

from datetime import UTC, datetime

import pytest

from core.models import Role, User, Visibility
from core.storage import StorageKey
from core.testing.sending import keys_below
from core.testing.sites import Browser, Site
from core.videos import access
from tests.core.videos.states import WITHOUT_MEDIA, in_state
from tests.threats.watching import MEDIA, NOBODY_ID, OBJECTS, TEXTS, addresses, ask, captioned, media_of, plain

CALLERS = ("owner", "moderator", "admin", "other creator", "viewer", "anonymous", "link holder")
NOBODY, EVERYBODY = frozenset[str](), frozenset(CALLERS)
STAFF = frozenset({"moderator", "admin"})
INVOLVED = STAFF | {"owner"}
HOLDERS = INVOLVED | {"link holder"}

# Who may watch what is public, unlisted, private. The owner's session ends with a suspension, so that row has no owner.
TABLE = {
    "draft": (INVOLVED, INVOLVED, INVOLVED),
    "processing": (INVOLVED, INVOLVED, INVOLVED),
    "failed": (INVOLVED, INVOLVED, INVOLVED),
    "playable": (EVERYBODY, HOLDERS, INVOLVED),
    "published": (EVERYBODY, HOLDERS, INVOLVED),
    "held": (INVOLVED, INVOLVED, INVOLVED),
    "owner suspended": (STAFF, STAFF, STAFF),
    "deleted": (NOBODY, NOBODY, NOBODY),
}
STRANGERS = ("viewer", "anonymous")
OFTEN = ("published", "deleted")  # tried in the quick suite; every state is in the whole one
WITHOUT_ORIGINAL = {"draft", "deleted"}


@pytest.fixture
async def site(disk_site: Site) -> Site:
    return disk_site


@pytest.fixture
async def callers(site: Site, studio: Browser, client: Browser) -> dict[str, Browser]:
    roles = {"moderator": Role.MODERATOR, "admin": Role.ADMIN, "other creator": Role.CREATOR, "viewer": Role.VIEWER}
    others = {name: await site.browser(await site.user(name.replace(" ", "_"), role)) for name, role in roles.items()}
    return {"owner": studio, **others, "anonymous": client, "link holder": client}


def expected(kind: str, caller: str, state: str, visibility: Visibility) -> int:
    """Return the status that the table asks for. An original is its owner's alone."""
    if kind == "original":
        if caller in ("anonymous", "link holder") or (caller, state) == ("owner", "owner suspended"):
            return 401
        return 303 if caller == "owner" and state not in WITHOUT_ORIGINAL else 404
    watchers = TABLE[state][list(Visibility).index(visibility)]
    return 200 if caller in watchers and not (kind in (*MEDIA, *TEXTS) and state in WITHOUT_MEDIA) else 404


@pytest.mark.parametrize("visibility", Visibility)
@pytest.mark.parametrize(
    "state", [pytest.param(each, marks=[] if each in OFTEN else [pytest.mark.slow]) for each in TABLE]
)
async def test_p2_address_answers_whoever_may_watch_and_no_one_else(
    site: Site, creator: User, studio: Browser, callers: dict[str, Browser], state: str, visibility: Visibility
) -> None:
    video = await captioned(studio, await in_state(site, studio, state, visibility))
    if state == "deleted":
        assert (await studio.api("DELETE", f"/videos/{video.id}")).status == 204
    if state == "owner suspended":
        await User.filter(id=creator.id).update(suspended_at=datetime.now(UTC))
    for name, browser in callers.items():
        key = f"?key={video.link_key}" if name == "link holder" else ""
        for kind, path in (await addresses(site, browser, video, key)).items():
            answer = await ask(browser, path)
            assert answer.status == expected(kind, name, state, visibility), (name, kind)
            if answer.status == 404 and name in STRANGERS:
                missing = await ask(browser, path.replace(video.id, NOBODY_ID))
                assert plain(answer) == plain(missing), (name, kind)


@pytest.mark.parametrize("visibility", Visibility)
async def test_p2_objects_open_to_whoever_was_led_to_them_and_not_without(
    site: Site, studio: Browser, callers: dict[str, Browser], visibility: Visibility
) -> None:
    video = await in_state(site, studio, "published", visibility)
    for name in sorted(TABLE["published"][list(Visibility).index(visibility)]):
        key = f"?key={video.link_key}" if name == "link holder" else ""
        urls = await media_of(callers[name], (await callers[name].api("GET", f"/videos/{video.id}{key}")).json)
        assert len(urls) > 8
        for url in urls:
            assert (await callers["anonymous"].get(url)).status == 200  # whoever holds a signed address may use it
            bare = await callers["owner"].get(url.partition("?")[0])
            assert bare.status == (200 if visibility is Visibility.PUBLIC else 404)


@pytest.mark.parametrize("opens", [False, True])
async def test_p2_every_media_route_asks_the_one_rule(
    site: Site, studio: Browser, client: Browser, monkeypatch: pytest.MonkeyPatch, *, opens: bool
) -> None:
    visibility = Visibility.PRIVATE if opens else Visibility.PUBLIC
    video = await captioned(studio, await in_state(site, studio, "published", visibility))
    monkeypatch.setattr(access, "is_open_to", lambda *_: opens)
    found = await addresses(site, client if opens else studio, video)
    del found["original"]
    assert {*MEDIA, *TEXTS} < set(found)
    for kind, path in found.items():
        assert (await ask(client if opens else studio, path)).status == (200 if opens else 404), kind


@pytest.mark.parametrize(
    "path", ["originals/{id}/x", "videos/{id}", "videos", "videos/{id}/nothing/poster.jpg", "secret.key", "videos/x/y"]
)
async def test_p2_nothing_but_rendition_sets_is_open_without_a_signature(
    site: Site, studio: Browser, path: str
) -> None:
    video = await in_state(site, studio, "published", Visibility.PUBLIC)
    assert (await studio.get(f"/media/{path.format(id=video.id)}")).status == 404


@pytest.mark.parametrize("visibility", Visibility)
async def test_p2_original_is_never_open_without_a_signature(
    site: Site, callers: dict[str, Browser], visibility: Visibility
) -> None:
    await in_state(site, callers["owner"], "published", visibility)
    (key,) = await keys_below(site.services.storage, StorageKey("originals"))
    for browser in callers.values():
        assert (await browser.get(f"/media/{key}")).status == 404


async def test_p2_every_kind_of_object_that_is_stored_is_in_the_table(site: Site, studio: Browser) -> None:
    await in_state(site, studio, "published", Visibility.PUBLIC)
    stored = await keys_below(site.services.storage, StorageKey("videos"))
    assert {key.rpartition(".")[2] for key in stored} == {name.rpartition(".")[2] for name in OBJECTS.values()}
