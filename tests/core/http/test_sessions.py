"""Sessions: the cookie is a secret that only its browser has, and each of them can be ended at once (A-8 … A-10)."""

import hashlib
from datetime import UTC, datetime, timedelta
from http.cookies import Morsel

import pytest

from core.http.sessions import cookie_name, start_session
from core.models import Session, User
from core.testing.sites import Answer, Browser, Site
from tests.core.http.conftest import Opener


async def log_in(browser: Browser, user: User, url: str) -> tuple[Answer, Morsel[str]]:
    """Log in as a form does; the test browser's jar is told what a real one would have kept."""
    answer = await browser.post(f"/proving/login/{user.handle}")
    (cookie,) = answer.cookies.values()
    browser.add_cookie(cookie.key, cookie.value, url)
    return answer, cookie


async def is_signed_in(browser: Browser) -> bool:
    return (await browser.api("GET", "/proving/members")).status == 200


async def test_login_gives_a_new_secret_and_ends_the_old_session_a_8(site: Site, creator: User) -> None:
    browser, thief = await site.browser(), await site.browser()
    _, first = await log_in(browser, creator, site.url)
    thief.add_cookie(first.key, first.value, site.url)
    assert await is_signed_in(thief)
    _, second = await log_in(browser, creator, site.url)
    assert first.value != second.value
    assert await is_signed_in(browser)
    assert not await is_signed_in(thief)


async def test_secret_chosen_by_somebody_else_is_never_taken_up_a_8(site: Site, creator: User) -> None:
    browser, name = await site.browser(), cookie_name(site.services.settings)
    browser.add_cookie(name, "fixed-by-an-attacker", site.url)
    _, cookie = await log_in(browser, creator, site.url)
    assert cookie.value != "fixed-by-an-attacker"
    assert not await Session.exists(digest=hashlib.sha256(b"fixed-by-an-attacker").hexdigest())


async def test_database_holds_only_the_digest_of_the_secret_a_9(site: Site, creator: User) -> None:
    secret = await start_session(creator, site.services.settings)
    (row,) = await Session.all().values()
    assert row["digest"] == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in str(row)
    assert len(secret) >= 43  # 256 bits


@pytest.mark.parametrize(
    ("base_url", "name", "secure"),
    [("http://127.0.0.1:8000", "mutoscope", False), ("https://video.example.org", "__Host-mutoscope", True)],
)
async def test_cookie_is_as_safe_as_the_scheme_allows_a_9(
    opener: Opener, base_url: str, name: str, *, secure: bool
) -> None:
    async with opener(settings={"site": {"base_url": base_url}}) as site:
        answer = await (await site.browser()).post(f"/proving/login/{(await site.user()).handle}")
        cookie = answer.cookies[name]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
        assert (cookie["domain"], bool(cookie["secure"])) == ("", secure)
        assert int(cookie["max-age"]) == 90 * 86400


async def test_logging_out_ends_the_session_and_takes_the_cookie_back_a_10(site: Site, studio: Browser) -> None:
    assert await is_signed_in(studio)
    answer = await studio.post("/proving/logout")
    (cookie,) = answer.cookies.values()
    assert (answer.status, cookie.value, cookie["max-age"]) == (303, "", "0")
    assert not await Session.exists()
    assert not await is_signed_in(studio)


async def test_other_browsers_can_be_signed_out_a_10(site: Site, creator: User) -> None:
    browsers = [await site.browser(user) for user in (creator, creator, await site.user("bob"))]
    await browsers[0].post("/proving/logout/others")
    assert [await is_signed_in(browser) for browser in browsers] == [True, False, True]


OVER = {
    "idle for 14 days": {"seen_at": timedelta(days=-14, seconds=-1)},
    "90 days old": {"expires_at": timedelta(seconds=-1)},
}
NOT_OVER = {
    "idle for nearly 14 days": {"seen_at": timedelta(days=-14, minutes=1)},
    "nearly 90 days old": {"expires_at": timedelta(minutes=1)},
}


@pytest.mark.parametrize(
    ("changes", "valid"), [*((c, False) for c in OVER.values()), *((c, True) for c in NOT_OVER.values())]
)
async def test_session_ends_when_idle_or_old_a_10(
    studio: Browser, changes: dict[str, timedelta], *, valid: bool
) -> None:
    now = datetime.now(UTC)
    await Session.all().update(**{field: now + moved for field, moved in changes.items()})
    assert await is_signed_in(studio) is valid


async def test_use_keeps_a_session_awake_but_rarely_writes(studio: Browser) -> None:
    before = datetime.now(UTC) - timedelta(minutes=6)
    await Session.all().update(seen_at=before)
    await is_signed_in(studio)
    seen = (await Session.get()).seen_at
    assert seen > before
    await is_signed_in(studio)
    assert (await Session.get()).seen_at == seen


async def test_suspended_user_is_out_at_the_next_request_a_10(studio: Browser, creator: User) -> None:
    await User.filter(id=creator.id).update(suspended_at=datetime.now(UTC))
    assert not await is_signed_in(studio)


@pytest.mark.parametrize("value", ["x", "a" * 4000, "%00", '"quoted"', "é", "\udcff", "a; mutoscope=b"])
async def test_cookie_of_any_bytes_is_just_no_session(site: Site, value: str) -> None:
    browser, name = await site.browser(), cookie_name(site.services.settings)
    raw = f"{name}={value}".encode(errors="surrogateescape").decode("utf-8", "surrogateescape")
    async with browser.request("GET", "/proving", headers={"Cookie": raw}) as answer:
        assert answer.status == 200
