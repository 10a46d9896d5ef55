"""A-11, A-18, H-7: where the secrets of links are, where they are not, and what each is good for."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from core.hooks import Hooks
from core.models import Job
from core.testing.sites import Browser, Site
from plugins.auth_email.models import OneTimeToken, Purpose
from plugins.auth_email.tokens import find, issue, redeem
from tests.plugins.auth_email.people import (
    OTHER_PASSWORD,
    choose,
    link_in,
    log_in,
    mails,
    registered,
    reset_link,
)


async def test_secret_moves_from_the_address_into_a_cookie_before_any_page(site: Site, client: Browser) -> None:
    await registered(site)
    link = await reset_link(site, client)
    secret = link.partition("token=")[2]

    opened = await client.get(link)
    page = await client.get(opened.headers["Location"])

    cookie = opened.cookies["mutoscope-link"]
    assert (cookie.value, cookie["path"], cookie["httponly"], cookie["samesite"]) == (secret, "/reset", True, "Lax")
    assert (page.status, secret in opened.headers["Location"] + page.text) == (200, False)
    policies = [answer.headers["Referrer-Policy"] for answer in (opened, page)]
    assert policies == ["no-referrer", "same-origin"]
    assert {answer.headers["Cache-Control"] for answer in (opened, page)} == {"no-store"}


async def test_cookie_goes_when_the_link_is_used(site: Site, client: Browser) -> None:
    await registered(site)

    answer = await choose(client, await reset_link(site, client))

    assert answer.cookies["mutoscope-link"].value == ""


async def test_secret_is_in_no_log_and_no_table(site: Site, client: Browser) -> None:
    await registered(site)
    with capture_logs() as lines:
        link = await reset_link(site, client)
        await choose(client, link)
    secret = link.partition("token=")[2]

    rows = [*await Job.all().values(), *await OneTimeToken.all().values()]
    assert len(secret) == 43
    assert [line["route"] for line in lines if line.get("path") == "/reset/open"] == ["auth_email.open_link"]
    assert secret not in f"{lines}{rows}"


async def test_opening_a_link_changes_nothing(site: Site, client: Browser) -> None:
    """Mail scanners open every link."""
    await registered(site)
    link = await reset_link(site, client)

    for _ in range(3):
        assert (await (await site.browser()).get(link)).status == 303

    assert (await choose(client, link)).status == 303


@pytest.mark.parametrize("path", ["/reset/open", "/reset/open?token=", "/reset/open?token=wrong", "/reset/password"])
async def test_wrong_reset_link_leads_to_a_new_one(client: Browser, path: str) -> None:
    answer = await client.get(path)

    assert answer.status == 400
    assert 'href="/reset"' in answer.text


async def test_wrong_cookie_sets_no_password(site: Site, client: Browser) -> None:
    client.add_cookie("mutoscope-link", "wrong", site.url)

    assert (await client.post("/reset/password", {"password": OTHER_PASSWORD})).status == 400


async def test_link_of_one_purpose_is_no_good_for_another(site: Site) -> None:
    user = await site.user("ada")
    life = timedelta(minutes=5)
    reset, setup = await issue(Purpose.RESET, user, life), await issue(Purpose.SETUP, None, life)

    assert await find(reset, Purpose.SETUP) is None
    assert await find(setup, Purpose.RESET, Purpose.INVITE) is None
    assert await redeem(setup, Purpose.SETUP)
    assert await redeem(setup, Purpose.SETUP) is None


async def test_links_over_their_time_are_swept_at_the_next_one(site: Site) -> None:
    await issue(Purpose.RESET, await site.user("ada"), timedelta(0))
    await issue(Purpose.RESET, await site.user("bob"), timedelta(minutes=5))

    assert await OneTimeToken.all().count() == 1


async def test_hook_invite_leads_to_a_first_password(site: Site, client: Browser) -> None:
    bob = await site.user("bob")
    assert (await log_in(client, "bob", "")).status == 422

    hooks: Hooks = site.services.hooks
    [link] = [link async for link in hooks.ask("invite", user=bob, services=site.services)]
    answer = await choose(client, link_in(link))

    assert answer.status == 303
    assert (await log_in(client, "bob", OTHER_PASSWORD)).status == 303
    assert await mails(site) == []


async def test_link_in_mail_is_built_from_settings_not_from_host(site: Site, client: Browser) -> None:
    await registered(site)

    await client.get("/reset", headers={"Host": "evil.example"})
    async with client.request("POST", "/reset", data={"login": "ada"}, headers={"Host": "evil.example"}):
        pass

    text = (await mails(site))[-1].get_content()
    assert "http://127.0.0.1:8000/reset/open?token=" in text
    assert "evil" not in text
