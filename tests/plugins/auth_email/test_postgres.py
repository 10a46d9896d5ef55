"""The races of accounts on PostgreSQL, where transactions really run side by side."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.models import Role, Session, User
from core.testing.sites import Site, open_site
from plugins.auth_email.models import OneTimeToken
from tests.conftest import EMBEDDED
from tests.plugins.auth_email.people import (
    OTHER_PASSWORD,
    PASSWORD,
    is_signed_in,
    log_in,
    mails,
    register,
    registered,
    reset_link,
)
from tests.postgres import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]


@pytest.fixture
async def site(tmp_path: Path, postgres_url: str) -> AsyncIterator[Site]:
    async with open_site(tmp_path / "data", EMBEDDED, {"database": {"url": postgres_url}}) as opened:
        yield opened


async def test_taken_handle_and_address_are_told_apart(site: Site) -> None:
    await registered(site)
    client = await site.browser()

    assert (await register(client, "ada", email="other@example.org")).status == 409
    assert (await register(client, "other", email="ADA@example.org")).status == 202
    assert [mail["Subject"] for mail in await mails(site)] == ["You already have an account at Mutoscope"]


async def test_twenty_at_once_make_one_account(site: Site) -> None:
    browsers = [await site.browser() for _ in range(20)]

    answers = await asyncio.gather(*(register(browser) for browser in browsers))

    assert sorted(answer.status for answer in answers) == [303] + [409] * 19
    assert await User.all().count() == 1


async def test_ten_at_once_redeem_a_link_once(site: Site) -> None:
    await registered(site)
    link = await reset_link(site, await site.browser())
    browsers = [await site.browser() for _ in range(10)]
    for browser in browsers:
        await browser.get(link)

    answers = await asyncio.gather(
        *(browser.post("/reset/password", {"password": OTHER_PASSWORD}) for browser in browsers)
    )

    assert sorted(answer.status for answer in answers) == [303] + [400] * 9
    assert not await OneTimeToken.exists()


async def test_logins_beside_a_change_of_password_do_not_outlive_it(site: Site) -> None:
    ada = await registered(site)
    browsers = [await site.browser() for _ in range(10)]

    changed, *_ = await asyncio.gather(
        ada.post("/account/password", {"current_password": PASSWORD, "password": OTHER_PASSWORD}),
        *(log_in(browser) for browser in browsers),
    )

    assert changed.status == 303
    assert [await is_signed_in(browser) for browser in (ada, *browsers)] == [True] + [False] * 10
    assert await Session.all().count() == 1


async def test_two_changes_at_once_leave_one_password(site: Site) -> None:
    ada, other = await registered(site), await site.browser()
    await log_in(other)
    phrases = ["purple horse number one", "purple horse number two"]

    answers = await asyncio.gather(
        *(
            browser.post("/account/password", {"current_password": PASSWORD, "password": phrase})
            for browser, phrase in zip((ada, other), phrases, strict=True)
        )
    )

    # 401: the loser's session ended before the request was looked at; 403: before its password was.
    [winner] = [phrase for phrase, answer in zip(phrases, answers, strict=True) if answer.status == 303]
    assert (await log_in(await site.browser(), password=winner)).status == 303


async def test_ten_at_once_make_one_administrator(site: Site) -> None:
    [[_, line]] = [lines async for lines in site.services.hooks.ask("startup_notices", services=site.services)]
    browsers = [await site.browser() for _ in range(10)]
    for browser in browsers:
        await browser.get(line.strip().removeprefix("http://127.0.0.1:8000"))

    people = [{"handle": f"root{n}", "email": f"root{n}@example.org", "password": PASSWORD} for n in range(10)]
    answers = await asyncio.gather(
        *(browser.post("/setup/account", person) for browser, person in zip(browsers, people, strict=True))
    )

    assert sorted(answer.status for answer in answers) == [303] + [404] * 9
    assert await User.filter(role=Role.ADMIN).count() == 1
