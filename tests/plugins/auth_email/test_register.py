"""A-15, A-16, A-19: who may register as whom."""

import asyncio
from pathlib import Path

import pytest

from core.models import Role, User
from core.testing.sites import Browser, Site, open_site
from tests.conftest import EMBEDDED
from tests.plugins.auth_email.people import PASSWORD, is_signed_in, log_in, mails, register, registered

REFUSED_HANDLES = [
    "", "a", "ab", "a" * 31, "admin", "Admin", "ADMIN", "administrator", "api", "static", "login", "root", "support",
    "_ada", "ada.", "ada ada", "a-da", "a/da", "a\\da", "ada?", "ada#", "ada%", "ad@a", "ada\tb", "a\nda", "a\u200bda",
    "a\u200dda", "a\u202eda", "a\u00adda", "\ufeffada\u2060", "adm\u0131n", "\uff41da", "\u0430da", "ad\u0430",
    "a\u0301da", "\u00e4da", "\u0661\u0662\u0663", "ada\u00b2", "\u24d0da", "\u1d43da", "\U0001f422ada", "<b>ada",
    "ada'--", "ada\x7f", "ada\x1b", "..", "...", "a..b", "ada,", "ada;", "ada:", "ada+x", "ada=x", "ada&x", "null",
    "undefined", "moderator", "www.ada",
]  # fmt: skip
REFUSED_EMAILS = [
    "", "ada", "ada@", "@example.org", "ada@localhost", "ada@[127.0.0.1]", "ada@example", '"ada"@example.org',
    "ada@example..org", "ada @example.org", "ada@exa mple.org", "ada@example.org\nBcc: eve@example.org",
    "ada@example.org, eve@example.org", "Ada <ada@example.org>", "ada@-example.org",
    "ada@" + "a" * 64 + ".org", "ada@example.org" + "x" * 250, "ada\u200b@example.org", "ada@example.org%0ABcc:x",
]  # fmt: skip


async def test_handle_that_could_mislead_is_refused(client: Browser) -> None:
    for handle in REFUSED_HANDLES:
        answer = await register(client, handle, email="free@example.org")

        assert (answer.status, "f-handle-error" in answer.text) == (422, True), ascii(handle)


async def test_address_nobody_can_be_reached_at_is_refused(client: Browser) -> None:
    for email in REFUSED_EMAILS:
        answer = await register(client, "freehandle", email=email)

        assert (answer.status, "f-email-error" in answer.text) == (422, True), ascii(email)


async def test_nul_anywhere_is_refused(client: Browser) -> None:
    for field in ("handle", "email", "password"):
        assert (await register(client, **{"handle": "ada", field: "ad\0a@example.org"})).status == 400


async def test_new_user_is_a_viewer_and_signed_in_at_once(client: Browser) -> None:
    answer = await register(client, "@Ada_L", email="ada@example.org", next="/account")

    account = (await client.api("GET", "/account")).json
    assert (answer.status, answer.headers["Location"]) == (303, "/account")
    assert account == {"handle": "ada_l", "display_name": "ada_l", "role": "viewer", "email": "ada@example.org"}


async def test_handles_that_differ_in_case_are_one(site: Site, client: Browser) -> None:
    await registered(site, "alice")

    answer = await register(client, "Alice", email="other@example.org")

    assert answer.status == 409
    assert "This handle is taken" in answer.text
    assert 'value="other@example.org"' in answer.text


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("A@Example.COM", "a@example.com"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ADA@EXAMPLE.ORG", "ada@example.org"),
    ],
)
async def test_spellings_of_one_address_are_one(site: Site, client: Browser, first: str, second: str) -> None:
    await register(await site.browser(), "first", email=first)

    assert (await register(client, "second", email=second)).status == 202
    assert (await log_in(client, second)).status == 303
    assert [user.handle for user in await User.all()] == ["first"]


async def test_address_is_kept_as_typed(client: Browser) -> None:
    await register(client, "ada", email="Ada.L@Example.org")

    assert (await client.api("GET", "/account")).json["email"] == "Ada.L@example.org"


@pytest.mark.parametrize("same", ["handle", "email"])
async def test_fifty_at_once_make_one_account(site: Site, same: str) -> None:
    browsers = [await site.browser() for _ in range(50)]

    def person(number: int) -> dict[str, str]:
        free = {"handle": f"ada{number}", "email": f"ada{number}@example.org"}
        return free | ({"handle": "ada"} if same == "handle" else {"email": "ada@example.org"})

    answers = await asyncio.gather(*(register(browser, **person(n)) for n, browser in enumerate(browsers)))

    # 503: the queue of passwords to hash is shorter than this crowd
    assert {answer.status for answer in answers} <= {303, 409 if same == "handle" else 202, 503}
    assert [answer.status for answer in answers].count(303) == 1
    assert await User.all().count() == 1


async def test_all_mistakes_show_at_once_and_what_was_typed_stays(client: Browser) -> None:
    answer = await register(client, "a", email="nowhere", password="short", next="/account")

    assert answer.status == 422
    assert all(f'href="#f-{field}"' in answer.text for field in ("handle", "email", "password"))
    assert all(f'value="{typed}"' in answer.text for typed in ("a", "nowhere", "/account"))
    assert "autofocus" in answer.text


@pytest.mark.parametrize("field", ["role", "is_admin", "suspended_at", "epoch", "id", "display_name", "created_at"])
async def test_nobody_grants_themselves_more(client: Browser, field: str) -> None:
    assert (await register(client, **{"handle": "ada", field: "admin"})).status == 422
    assert not await User.exists()


async def test_hook_login_options_names_both_ways_in(client: Browser) -> None:
    page = (await client.get("/login")).text

    assert 'href="/login">Log in</a>' in page
    assert 'href="/register">Register</a>' in page


async def test_closed_site_registers_nobody(tmp_path: Path) -> None:
    async with open_site(tmp_path / "data", EMBEDDED, {"auth_email": {"registration": "closed"}}) as site:
        client = await site.browser()

        answers = [await register(client), await client.get("/register"), await client.get("/login")]

        assert [answer.status for answer in answers] == [403, 200, 200]
        assert "/register" not in answers[2].text
        assert not await User.exists()


async def test_everyone_may_be_a_creator_by_setting(tmp_path: Path) -> None:
    async with open_site(tmp_path / "data", EMBEDDED, {"auth_email": {"creators": "everyone"}}) as site:
        await registered(site)

        assert (await User.get(handle="ada")).role is Role.CREATOR


async def test_without_mail_the_page_itself_says_what_to_do(tmp_path: Path) -> None:
    silent = {name: module for name, module in EMBEDDED.items() if name != "mail_file"}
    async with open_site(tmp_path / "data", silent) as site:
        await registered(site)
        client = await site.browser()

        again = await register(client, "mallory", email="ada@example.org")
        reset = await client.post("/reset", {"login": "ada"})

        assert (again.status, "may have an account already" in again.text) == (202, True)
        assert (reset.status, "sends no mail" in (await client.get("/reset")).text) == (503, True)


async def test_hook_user_joined_is_told_of_new_people_only(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []

    async def announce(hook: str, **arguments: object) -> None:
        told.append((hook, getattr(arguments.get("user"), "handle", None)))

    monkeypatch.setattr(site.services.hooks, "announce", announce)
    await registered(site)
    await register(await site.browser(), "bob", email="ada@example.org")
    await register(await site.browser(), "ada", email="bob@example.org", password=PASSWORD)

    assert told == [("user_joined", "ada")]
    assert len(await mails(site)) == 1
    assert not await is_signed_in(await site.browser())
