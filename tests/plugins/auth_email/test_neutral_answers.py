"""A-1, A-2: nobody learns from an answer, or from how long it takes, who has an account."""

import pytest
from pwdlib import PasswordHash

from core.models import User
from core.testing.sites import Browser, Site
from tests.plugins.auth_email.people import (
    PASSWORD,
    comparable,
    is_signed_in,
    log_in,
    mails,
    register,
    registered,
    stored_hash,
)


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every password that was hashed."""
    passwords: list[str] = []
    for name in ("hash", "verify_and_update"):
        original = getattr(PasswordHash, name)

        def counted(self: PasswordHash, password: str, *rest: str, original: object = original) -> object:
            passwords.append(password)
            assert callable(original)
            return original(self, password, *rest)

        monkeypatch.setattr(PasswordHash, name, counted)
    return passwords


@pytest.mark.parametrize(("known", "unknown"), [("ada", "eve"), ("ada@example.org", "eve@example.org")])
async def test_login_answers_alike_for_known_and_unknown(site: Site, client: Browser, known: str, unknown: str) -> None:
    await registered(site)

    answers = [await log_in(client, login, "not the password") for login in (known, unknown)]

    assert answers[0].status == 401
    assert comparable(answers[0], known) == comparable(answers[1], unknown)


async def test_api_login_answers_alike_for_known_and_unknown(site: Site, client: Browser) -> None:
    await registered(site)

    answers = [
        await client.api("POST", "/session", {"login": login, "password": "not the password"})
        for login in ("ada", "eve")
    ]

    assert (answers[0].status, answers[0].json["code"]) == (401, "invalid_credentials")
    assert comparable(answers[0]) == comparable(answers[1])


async def test_login_hashes_once_whether_the_account_exists_or_not(
    site: Site, client: Browser, hashed: list[str]
) -> None:
    await registered(site)
    await site.user("invited")  # has no password yet

    for login in ("ada", "invited", "eve", "eve@example.org", "no address@", "@"):
        hashed.clear()
        assert (await log_in(client, login, "not the password")).status == 401
        assert hashed == ["not the password"], login


async def test_reset_answers_alike_and_mails_only_the_owner(site: Site, client: Browser) -> None:
    await registered(site)

    answers = [
        await client.post("/reset", {"login": login}) for login in ("ada", "eve", "ada@example.org", "e@example.org")
    ]

    assert [answer.status for answer in answers] == [202] * 4
    assert len({str(comparable(answer)) for answer in answers}) == 1
    assert [mail["To"] for mail in await mails(site)] == ["ada@example.org"] * 2


async def test_reset_does_the_same_work_in_the_request(site: Site, client: Browser) -> None:
    """Both enqueue one job; only the job finds out, later, that there is nobody to write to."""
    await registered(site)

    for login in ("ada", "eve"):
        before = await site.services.database.client.execute_query_dict("SELECT count(*) AS n FROM job")
        await client.post("/reset", {"login": login})
        after = await site.services.database.client.execute_query_dict("SELECT count(*) AS n FROM job")
        assert after[0]["n"] - before[0]["n"] == 1


async def test_known_address_registers_nothing_and_its_owner_is_told(site: Site, client: Browser) -> None:
    await registered(site)

    answer = await register(client, "mallory", email="Ada@Example.ORG")

    assert (answer.status, "Set-Cookie" in answer.headers) == (202, False)
    assert "already" not in answer.text
    assert not await User.exists(handle="mallory")
    [mail] = await mails(site)
    assert (mail["To"], mail["Subject"]) == ("ada@example.org", "You already have an account at Mutoscope")


async def test_register_hashes_once_whether_the_address_is_known_or_not(
    site: Site, client: Browser, hashed: list[str]
) -> None:
    await registered(site)
    hashed.clear()

    await register(client, "mallory", email="ada@example.org")
    await register(client, "eve")

    assert hashed == [PASSWORD, PASSWORD]


async def test_known_address_with_its_own_password_signs_nobody_in(site: Site, client: Browser) -> None:
    await registered(site)
    before = await stored_hash()

    await register(client, "mallory", email="ada@example.org", password="another fine phrase")

    assert not await is_signed_in(client)
    assert await stored_hash() == before
