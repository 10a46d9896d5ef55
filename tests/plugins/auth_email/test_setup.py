"""A-18: the first administrator comes by a one-time link on the operator's console, and by nothing else."""

import asyncio
from datetime import UTC, datetime

import pytest

from core.api import Problem
from core.models import Role, User
from core.testing.sites import Answer, Browser, Site
from plugins.auth_email.accounts import Accounts
from plugins.auth_email.forms import SetupForm
from plugins.auth_email.models import OneTimeToken
from tests.plugins.auth_email.people import PASSWORD, is_signed_in, link_in, log_in, registered

ROOT = {"handle": "grace", "email": "grace@example.org", "password": PASSWORD}


async def notices(site: Site) -> list[str]:
    found = [lines async for lines in site.services.hooks.ask("startup_notices", services=site.services)]
    return [line for lines in found for line in lines]


async def setup_link(site: Site) -> str:
    return link_in("\n".join(await notices(site)))


async def set_up(browser: Browser, link: str, **changes: str) -> Answer:
    opened = await browser.get(link)
    return await browser.post("/setup/account", {**ROOT, **changes}) if opened.status == 303 else opened


async def test_fresh_site_has_no_account_and_no_open_setup(site: Site, client: Browser) -> None:
    assert not await User.exists()
    for path in ("/setup", "/setup?token=", "/setup?token=wrong", "/setup/account"):
        assert (await client.get(path)).status == 404
    assert (await client.post("/setup/account", ROOT)).status == 404


async def test_hook_startup_notices_leads_to_the_first_administrator(site: Site, client: Browser) -> None:
    answer = await set_up(client, await setup_link(site))

    assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert (await client.api("GET", "/account")).json["role"] == "admin"
    assert (await log_in(await site.browser(), "grace")).status == 303


async def test_setup_link_works_once(site: Site, client: Browser) -> None:
    link = await setup_link(site)
    await set_up(client, link)

    again = await set_up(await site.browser(), link, handle="eve", email="eve@example.org")

    assert again.status == 404
    assert await User.filter(role=Role.ADMIN).count() == 1


async def test_setup_link_is_too_old_after_its_time(site: Site, client: Browser) -> None:
    link = await setup_link(site)
    await OneTimeToken.all().update(expires_at=datetime.now(UTC))

    assert (await set_up(client, link)).status == 404


async def test_next_start_voids_the_link_of_the_one_before(site: Site, client: Browser) -> None:
    older, newer = await setup_link(site), await setup_link(site)

    assert (await set_up(client, older)).status == 404
    assert (await set_up(client, newer)).status == 303


async def test_site_with_an_administrator_prints_no_link(site: Site) -> None:
    await site.user("grace", Role.ADMIN)

    assert await notices(site) == []


async def test_administrator_made_otherwise_voids_the_link(site: Site, client: Browser) -> None:
    link = await setup_link(site)
    assert (await client.get(link)).status == 303
    await site.user("root1", Role.ADMIN)

    assert (await client.get("/setup/account")).status == 404
    assert (await client.post("/setup/account", ROOT)).status == 404


async def test_link_that_was_opened_in_time_makes_no_second_administrator(site: Site) -> None:
    """The check that counts is the one in the transaction."""
    secret = (await setup_link(site)).partition("token=")[2]
    await site.user("root1", Role.ADMIN)

    with pytest.raises(Problem, match="404"):
        await Accounts(site.services).set_up(secret, SetupForm.model_validate(ROOT))

    assert await User.all().count() == 1


async def test_ten_at_once_make_one_administrator(site: Site) -> None:
    link = await setup_link(site)
    browsers = [await site.browser() for _ in range(10)]

    answers = await asyncio.gather(
        *(set_up(browser, link, handle=f"grace{n}", email=f"g{n}@example.org") for n, browser in enumerate(browsers))
    )

    assert sorted(answer.status for answer in answers) == [303] + [404] * 9
    assert await User.all().count() == 1


async def test_mistake_keeps_the_link_alive(site: Site, client: Browser) -> None:
    await registered(site, "grace")
    link = await setup_link(site)

    weak = await set_up(client, link, password="password123")
    taken = await set_up(client, link)
    known = await set_up(client, link, handle="hopper")

    assert [weak.status, taken.status, known.status] == [422, 409, 409]
    assert 'value="grace@example.org"' in taken.text
    assert (await set_up(client, link, handle="hopper", email="hopper@example.org")).status == 303


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
async def test_other_roles_do_not_stand_in_for_an_administrator(site: Site, role: Role) -> None:
    await site.user("ada", role)

    assert await notices(site) != []
    assert not await is_signed_in(await site.browser())
