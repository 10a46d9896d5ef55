"""A-8, A-9, A-10, A-14: sessions begin with a new secret, are hard to steal, and end when they should."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.http.sessions import cookie_name
from core.models import Session, User
from core.testing.sites import Browser, Site, open_site
from plugins.auth_email.accounts import Accounts
from tests.conftest import EMBEDDED
from tests.plugins.auth_email.people import (
    OTHER_PASSWORD,
    PASSWORD,
    is_signed_in,
    link_in,
    log_in,
    mails,
    register,
    registered,
)

NEW_PASSWORD = {"current_password": PASSWORD, "password": OTHER_PASSWORD}


def secret_of(answer_cookies: object) -> str:
    assert isinstance(answer_cookies, dict)
    value: str = answer_cookies["mutoscope"].value
    return value


async def with_cookie(site: Site, secret: str) -> Browser:
    browser = await site.browser()
    browser.add_cookie(cookie_name(site.services.settings), secret, site.url)
    return browser


async def test_login_gives_a_secret_that_nobody_could_plant(site: Site, client: Browser) -> None:
    await registered(site)
    client.add_cookie("mutoscope", "planted", site.url)

    answer = await log_in(client)

    assert secret_of(answer.cookies) != "planted"
    assert not await is_signed_in(await with_cookie(site, "planted"))


async def test_login_over_a_session_ends_the_old_one(site: Site) -> None:
    ada = await site.browser()
    old = secret_of((await register(ada)).cookies)

    new = secret_of((await log_in(ada)).cookies)

    assert new != old
    assert not await is_signed_in(await with_cookie(site, old))
    assert await is_signed_in(await with_cookie(site, new))


@pytest.mark.parametrize(("path", "form"), [("/account/creator", {}), ("/account/password", NEW_PASSWORD)])
async def test_more_rights_and_a_new_password_renew_the_session(site: Site, path: str, form: dict[str, str]) -> None:
    ada = await site.browser()
    old = secret_of((await register(ada)).cookies)

    answer = await ada.post(path, form)

    assert (answer.status, await is_signed_in(ada)) == (303, True)
    assert not await is_signed_in(await with_cookie(site, old))


async def test_only_a_digest_of_the_secret_is_stored(site: Site, client: Browser) -> None:
    secret = secret_of((await register(client)).cookies)

    [row] = await Session.all()

    assert len(secret) >= 43
    assert row.digest == hashlib.sha256(secret.encode()).hexdigest()


async def test_https_binds_the_cookie_to_the_host(tmp_path: Path) -> None:
    https = {"site": {"base_url": "https://video.example.org"}}
    async with open_site(tmp_path / "data", EMBEDDED, https) as site:
        answer = await register(await site.browser())

    cookie = answer.cookies["__Host-mutoscope"]
    flags = (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"])
    assert flags == (True, True, "Lax", "/", "")


async def test_logout_ends_the_session_for_good(site: Site) -> None:
    ada = await site.browser()
    secret = secret_of((await register(ada)).cookies)

    answer = await ada.post("/logout")

    assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert not await is_signed_in(await with_cookie(site, secret))


async def test_sign_out_everywhere_else_ends_the_three_others(site: Site) -> None:
    ada = await registered(site)
    others = [await site.browser() for _ in range(3)]
    for other in others:
        await log_in(other)

    await ada.post("/account/sessions")

    assert [await is_signed_in(browser) for browser in (ada, *others)] == [True, False, False, False]


@pytest.mark.parametrize("change", [{"seen_at": timedelta(days=15)}, {"expires_at": timedelta(0)}])
async def test_session_ends_when_idle_or_old(site: Site, change: dict[str, timedelta]) -> None:
    ada = await registered(site)

    await Session.all().update(**{field: datetime.now(UTC) - ago for field, ago in change.items()})

    assert not await is_signed_in(ada)


async def test_suspended_user_is_out_at_once_and_reads_why(site: Site) -> None:
    ada = await registered(site)
    await User.all().update(suspended_at=datetime.now(UTC))

    answer = await log_in(await site.browser())

    assert not await is_signed_in(ada)
    assert answer.status == 403
    assert "This account is suspended" in answer.text


async def test_suspension_shows_only_to_who_knows_the_password(site: Site, client: Browser) -> None:
    await registered(site)
    await User.all().update(suspended_at=datetime.now(UTC))

    answer = await log_in(client, password="not the password")

    assert (answer.status, "suspended" in answer.text) == (401, False)


async def test_new_password_voids_all_that_was_given_out(site: Site) -> None:
    ada, other = await registered(site), await site.browser()
    await log_in(other)
    await other.post("/reset", {"login": "ada"})
    link = link_in((await mails(site))[-1].get_content())

    await ada.post("/account/password", NEW_PASSWORD)

    assert (await is_signed_in(ada), await is_signed_in(other)) == (True, False)
    assert (await other.get(link)).status == 400
    assert (await User.get(handle="ada")).epoch == 1


async def test_login_that_began_before_a_new_password_does_not_outlive_it(
    site: Site, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await registered(site)
    checked, go_on = asyncio.Event(), asyncio.Event()
    authenticate = Accounts.authenticate

    async def slowly(self: Accounts, login: str, password: str) -> object:
        proven = await authenticate(self, login, password)
        checked.set()
        await go_on.wait()
        return proven

    monkeypatch.setattr(Accounts, "authenticate", slowly)
    late = asyncio.create_task(log_in(client))
    await checked.wait()
    await ada.post("/account/password", NEW_PASSWORD)
    go_on.set()

    assert (await late).status == 401
    assert not await is_signed_in(client)
