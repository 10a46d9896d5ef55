"""The forms in a real browser: every state is free of what axe finds, and all of it works without scripts."""

from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from core.testing.sites import Site
from tests.browser.conftest import PHONE, chromium, shoot
from tests.plugins.auth_email.people import OTHER_PASSWORD, PASSWORD, link_in, mails, registered

__all__ = ["chromium"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]


async def send(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        await page.fill(f"#f-{name}", value)
    await press(page, f"main form:has(#f-{next(iter(fields))}) button")


async def press(page: Page, what: str) -> None:
    async with page.expect_navigation():
        await page.click(what)


async def has_no_flaw(page: Page, name: str) -> None:
    await shoot(page, f"auth-{name}")
    found = await Axe().run(page)
    assert [flaw["id"] for flaw in found.response["violations"]] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_state_is_free_of_flaws(site: Site, chromium: Browser, scheme: Literal["light", "dark"]) -> None:
    width, height = PHONE
    page = await chromium.new_page(
        viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
    )
    [[_, notice]] = [lines async for lines in site.services.hooks.ask("startup_notices", services=site.services)]
    await page.goto(site.url + link_in(notice))
    await has_no_flaw(page, f"setup-{scheme}")
    await page.goto(f"{site.url}/register")
    await send(page, email="nowhere", handle="a", password="short")
    await has_no_flaw(page, f"register-errors-{scheme}")
    await registered(site)
    await send(page, email="ada@example.org", handle="bob", password=PASSWORD)
    await has_no_flaw(page, f"register-known-{scheme}")
    await page.goto(f"{site.url}/reset")
    await send(page, login="ada")
    await has_no_flaw(page, f"reset-sent-{scheme}")
    await page.goto(site.url + link_in((await mails(site))[-1].get_content()))
    await has_no_flaw(page, f"reset-password-{scheme}")
    await send(page, password=OTHER_PASSWORD)
    await has_no_flaw(page, f"login-changed-{scheme}")
    await send(page, login="ada", password=PASSWORD)
    await has_no_flaw(page, f"login-wrong-{scheme}")
    await page.goto(f"{site.url}/reset/open?token=wrong")
    await has_no_flaw(page, f"reset-dead-{scheme}")


async def test_mistakes_take_the_focus_and_lead_to_their_fields(site: Site, chromium: Browser) -> None:
    page = await chromium.new_page()
    await page.goto(f"{site.url}/register")

    await send(page, email="ada@example.org", handle="a", password=PASSWORD)

    await expect(page.locator(".summary")).to_be_focused()
    await page.click(".summary a")
    await expect(page.locator("#f-handle")).to_be_focused()
    assert await page.input_value("#f-email") == "ada@example.org"
    assert await page.input_value("#f-password") == ""


async def test_all_of_it_works_without_scripts(site: Site, chromium: Browser) -> None:
    page = await chromium.new_page(java_script_enabled=False)
    await page.goto(f"{site.url}/register?next=/account")
    await send(page, email="ada@example.org", handle="ada", password=PASSWORD)
    await press(page, "button:has-text('Become a creator')")
    await send(page, display_name="Ada Lovelace")
    await send(page, current_password=PASSWORD, password=OTHER_PASSWORD)
    await press(page, "main button:has-text('Log out')")

    await page.goto(f"{site.url}/login?next=/account")
    await send(page, login="@Ada", password=OTHER_PASSWORD)

    assert page.url == f"{site.url}/account"
    assert await page.text_content("#you") == "Ada Lovelace"
    assert await page.text_content("main .badge") == "Creator"
