"""The account in the JSON API."""

import pytest

from core.testing.sites import Browser, Site
from tests.plugins.auth_email.people import PASSWORD, is_signed_in, registered


async def test_session_begins_and_ends(site: Site, client: Browser) -> None:
    await registered(site)

    begun = await client.api("POST", "/session", {"login": "@Ada", "password": PASSWORD})
    account = await client.api("GET", "/account")
    ended = await client.api("DELETE", "/session")

    assert [begun.status, ended.status] == [204, 204]
    assert begun.body == ended.body == b""
    assert account.json == {"handle": "ada", "display_name": "ada", "role": "viewer", "email": "ada@example.org"}
    assert not await is_signed_in(client)


async def test_name_changes(site: Site) -> None:
    ada = await registered(site)

    answer = await ada.api("PATCH", "/account", {"display_name": "Ada Lovelace"})

    assert (answer.status, answer.json["display_name"]) == (200, "Ada Lovelace")
    assert (await ada.api("GET", "/account")).json == answer.json


@pytest.mark.parametrize(("method", "path"), [("GET", "/account"), ("PATCH", "/account"), ("DELETE", "/session")])
async def test_strangers_have_no_account(client: Browser, method: str, path: str) -> None:
    answer = await client.api(method, path, {} if method == "PATCH" else None)

    assert (answer.status, answer.json["code"]) == (401, "not_signed_in")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"login": "ada"}, 422),
        ({"login": "", "password": PASSWORD}, 422),
        ({"login": "ada", "password": ""}, 422),
        ({"login": "ada", "password": ["x"]}, 422),
        ({"login": {"handle": "ada"}, "password": PASSWORD}, 422),
        ({"login": "ada", "password": PASSWORD, "role": "admin"}, 422),
        ({"login": "a" * 255, "password": PASSWORD}, 422),
        ({"login": "ada", "password": "x" * 1025}, 422),
        ({"login": "ad\0a", "password": PASSWORD}, 422),
        ({"login": "ada", "password": "\0" * 20}, 401),
        ([], 422),
        (1, 422),
    ],
)
async def test_bad_credentials_are_refused_and_never_repeated(
    site: Site, client: Browser, body: object, status: int
) -> None:
    await registered(site)

    answer = await client.api("POST", "/session", body)

    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json; charset=utf-8")
    assert PASSWORD not in answer.text
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("field", ["role", "email", "handle", "id", "suspended_at"])
async def test_nothing_but_the_name_can_be_set(site: Site, field: str) -> None:
    ada = await registered(site)
    before = (await ada.api("GET", "/account")).json

    answer = await ada.api("PATCH", "/account", {"display_name": "Eve", field: "admin"})

    assert answer.status == 422
    assert (await ada.api("GET", "/account")).json == before
