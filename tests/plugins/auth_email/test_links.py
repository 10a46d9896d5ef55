"""A-11, A-14: one-time links work once, for a while, the newest only, and leave no trace."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from core.api import Problem
from core.models import User
from core.testing.sites import Browser, Site
from plugins.auth_email.models import OneTimeToken, Password
from plugins.auth_email.passwords import Hasher
from tests.plugins.auth_email.people import (
    OTHER_PASSWORD,
    PASSWORD,
    choose,
    is_signed_in,
    log_in,
    mails,
    registered,
    reset_link,
    stored_hash,
)


async def test_reset_link_sets_the_password(site: Site, client: Browser) -> None:
    await registered(site)

    answer = await choose(client, await reset_link(site, client, "ada@example.org"))

    assert (answer.status, answer.headers["Location"]) == (303, "/login?changed=1")
    assert (await log_in(client, password=PASSWORD)).status == 401
    assert (await log_in(client, password=OTHER_PASSWORD)).status == 303


async def test_reset_link_works_once(site: Site, client: Browser) -> None:
    await registered(site)
    link = await reset_link(site, client)

    await choose(client, link)
    again = await choose(await site.browser(), link, "another nice phrase")

    assert again.status == 400
    assert "not valid any more" in again.text


async def test_reset_link_is_too_old_after_its_time(site: Site, client: Browser) -> None:
    await registered(site)
    link = await reset_link(site, client)

    [token] = await OneTimeToken.all()
    assert timedelta(minutes=29) < token.expires_at - datetime.now(UTC) <= timedelta(minutes=30)
    await OneTimeToken.all().update(expires_at=datetime.now(UTC))

    assert (await choose(client, link)).status == 400


async def test_newer_reset_link_voids_the_older(site: Site, client: Browser) -> None:
    await registered(site)
    older = await reset_link(site, client)
    newer = await reset_link(site, client)

    assert (await choose(await site.browser(), older)).status == 400
    assert (await choose(client, newer)).status == 303


async def test_changed_password_voids_the_reset_link(site: Site, client: Browser) -> None:
    ada = await registered(site)
    link = await reset_link(site, client)

    await ada.post("/account/password", {"current_password": PASSWORD, "password": OTHER_PASSWORD})

    assert (await choose(client, link)).status == 400


async def test_hash_changed_by_whatever_means_voids_the_link(site: Site, client: Browser) -> None:
    """The link is bound to the hash, not to our remembering to delete it."""
    await registered(site)
    link = await reset_link(site, client)

    await Password.all().update(hash=await stored_hash() + "x")

    assert (await client.get(link)).status == 400


async def test_ten_at_once_redeem_a_link_once(site: Site, client: Browser) -> None:
    await registered(site)
    link = await reset_link(site, client)
    browsers = [await site.browser() for _ in range(10)]
    for browser in browsers:
        assert (await browser.get(link)).status == 303

    phrases = [f"purple horse number {letter}" for letter in "abcdefghij"]
    answers = await asyncio.gather(
        *(
            browser.post("/reset/password", {"password": phrase})
            for browser, phrase in zip(browsers, phrases, strict=True)
        )
    )

    assert sorted(answer.status for answer in answers) == [303] + [400] * 9
    winner = [answer.status for answer in answers].index(303)
    assert (await log_in(client, password=phrases[winner])).status == 303


async def test_reset_ends_every_session_and_does_not_sign_in(site: Site, client: Browser) -> None:
    ada = await registered(site)

    await choose(client, await reset_link(site, client))

    assert not await is_signed_in(ada)
    assert not await is_signed_in(client)
    assert (await User.get(handle="ada")).epoch == 1
    assert (await mails(site))[-1]["Subject"] == "Your password for Mutoscope was changed"


async def test_weak_new_password_keeps_the_link_alive(site: Site, client: Browser) -> None:
    await registered(site)
    link = await reset_link(site, client)

    refused = await choose(client, link, "password123")

    assert (refused.status, "f-password-error" in refused.text) == (422, True)
    assert (await choose(client, link)).status == 303


async def test_busy_site_keeps_the_link_alive(site: Site, client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    await registered(site)
    link = await reset_link(site, client)

    async def busy(*_: object) -> str:
        raise Problem(503, "busy", "Try again.", headers={"Retry-After": "5"})

    with monkeypatch.context() as patched:
        patched.setattr(Hasher, "hash", busy)
        refused = await choose(client, link)

    assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
    assert (await choose(client, link)).status == 303
