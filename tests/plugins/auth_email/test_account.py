"""The account page: name, password, role."""

from pathlib import Path

import pytest

from core.models import Role, User
from core.testing.sites import Browser, Site, open_site
from plugins.auth_email.models import Password
from plugins.auth_email.passwords import Hasher
from tests.conftest import EMBEDDED
from tests.plugins.auth_email.people import OTHER_PASSWORD, PASSWORD, log_in, mails, registered, stored_hash


@pytest.fixture
async def ada(site: Site) -> Browser:
    return await registered(site)


async def test_stranger_is_led_to_login_and_back(site: Site, client: Browser) -> None:
    await registered(site)

    sent_away = await client.get("/account?done=name")
    back = await log_in(client, next="/account?done=name")

    assert (sent_away.status, sent_away.headers["Location"]) == (303, "/login?next=%2Faccount%3Fdone%3Dname")
    assert back.headers["Location"] == "/account?done=name"


@pytest.mark.parametrize("path", ["/login", "/register"])
async def test_who_is_signed_in_needs_no_form(ada: Browser, path: str) -> None:
    answer = await ada.get(f"{path}?next=/account")

    assert (answer.status, answer.headers["Location"]) == (303, "/account")


async def test_login_leads_nowhere_but_to_this_site(site: Site, client: Browser) -> None:
    """W-8."""
    await registered(site)

    for elsewhere in (
        "//e",
        "/\\e",
        "https:e",
        "https://e",
        "\t//e",
        "/\t/e",
        "javascript:alert(1)",
        "e",
        "@e",
        "\uff0f\uff0fe",
        "",
    ):
        assert (await log_in(client, next=elsewhere)).headers["Location"] == "/", elsewhere


async def test_name_changes_on_the_page_and_in_the_api(ada: Browser) -> None:
    answer = await ada.post("/account/name", {"display_name": "  Ada\u202e  Lovelace "})
    page = await ada.get(answer.headers["Location"])

    assert "Your name is changed" in page.text
    assert (await ada.api("GET", "/account")).json["display_name"] == "Ada Lovelace"


@pytest.mark.parametrize("name", ["", "   ", "\u200b", "x" * 51])
async def test_name_that_is_none_is_refused_and_kept_on_the_page(ada: Browser, name: str) -> None:
    answer = await ada.post("/account/name", {"display_name": name})

    assert (answer.status, "f-display_name-error" in answer.text) == (422, True)
    assert (await ada.api("GET", "/account")).json["display_name"] == "ada"


async def test_password_changes_and_the_owner_is_told(site: Site, ada: Browser) -> None:
    answer = await ada.post("/account/password", {"current_password": PASSWORD, "password": OTHER_PASSWORD})

    assert (answer.status, answer.headers["Location"]) == (303, "/account?done=password")
    assert (await log_in(await site.browser(), password=OTHER_PASSWORD)).status == 303
    assert [mail["Subject"] for mail in await mails(site)] == ["Your password for Mutoscope was changed"]


@pytest.mark.parametrize(
    ("current", "new", "status", "field"),
    [
        ("not the password", OTHER_PASSWORD, 403, "current_password"),
        ("", OTHER_PASSWORD, 422, "current_password"),
        (PASSWORD, "password123", 422, "password"),
        (PASSWORD, "ada@example.org", 422, "password"),
    ],
)
async def test_password_stays_when_something_is_wrong(
    site: Site, ada: Browser, current: str, new: str, status: int, field: str
) -> None:
    before = await stored_hash()

    answer = await ada.post("/account/password", {"current_password": current, "password": new})

    assert (answer.status, f"f-{field}-error" in answer.text) == (status, True)
    assert await stored_hash() == before
    assert await mails(site) == []


async def test_password_that_changed_meanwhile_is_not_overwritten(
    ada: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = Hasher.verify

    async def overtaken(self: Hasher, password: str, stored: str | None) -> tuple[bool, str | None]:
        answer = await verify(self, password, stored)
        await Password.all().update(hash="changed elsewhere")
        return answer

    monkeypatch.setattr(Hasher, "verify", overtaken)
    answer = await ada.post("/account/password", {"current_password": PASSWORD, "password": OTHER_PASSWORD})

    assert answer.status == 409
    assert await stored_hash() == "changed elsewhere"


async def test_viewer_becomes_a_creator_at_once(ada: Browser) -> None:
    assert "Become a creator" in (await ada.get("/account")).text

    await ada.post("/account/creator")

    assert (await ada.api("GET", "/account")).json["role"] == "creator"
    assert "/account/creator" not in (await ada.get("/account")).text


async def test_button_takes_no_role_away(site: Site) -> None:
    grace = await site.user("grace", Role.ADMIN)

    await (await site.browser(grace)).post("/account/creator")

    assert (await User.get(handle="grace")).role is Role.ADMIN


async def test_nobody_becomes_a_creator_where_the_site_says_so(tmp_path: Path) -> None:
    async with open_site(tmp_path / "data", EMBEDDED, {"auth_email": {"creators": "nobody"}}) as site:
        ada = await registered(site)

        answer = await ada.post("/account/creator")

        assert (answer.status, "/account/creator" in (await ada.get("/account")).text) == (403, False)
        assert (await User.get(handle="ada")).role is Role.VIEWER


async def test_hook_page_slot_fills_the_account_menu(ada: Browser) -> None:
    page = (await ada.get("/account")).text

    assert '<a class="menu__item" href="/account">' in page
    assert '<form method="post" action="/logout">' in page


@pytest.mark.parametrize(
    "path",
    [
        "/login?nxt=/",
        "/login?next=/&next=/",
        "/register?role=admin",
        "/account?done=evil",
        "/setup?key=1",
        "/reset/open?a=1",
    ],
)
async def test_unknown_query_is_refused(ada: Browser, path: str) -> None:
    assert (await ada.get(path)).status == 422


@pytest.mark.parametrize(
    "path",
    [
        "/login",
        "/logout",
        "/register",
        "/reset",
        "/account/name",
        "/account/password",
        "/account/creator",
        "/account/sessions",
    ],
)
async def test_unknown_field_is_refused_or_ignored_and_changes_nothing(ada: Browser, path: str) -> None:
    """Z-2."""
    before = await User.get(handle="ada").values()

    answer = await ada.post(path, {"role": "admin", "suspended_at": "", "owner_id": "x"})

    after = await User.get(handle="ada").values()
    changed = {"role": (Role.VIEWER, Role.CREATOR)} if path == "/account/creator" else {}
    assert answer.status in (303, 422)
    assert {key: (before[key], after[key]) for key in before if before[key] != after[key]} == changed


async def test_a_refused_viewer_is_offered_to_become_a_creator(site: Site) -> None:
    viewer = await site.browser(await site.user("vera", Role.VIEWER))

    refused = await viewer.get("/studio")

    assert refused.status == 403
    assert "Become a creator" in refused.text
