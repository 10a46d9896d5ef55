"""A-13, A-17: what passwords are taken, how they are kept, and what a flood of them costs."""

import asyncio
import threading
import time
from datetime import UTC, datetime

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from core.api import Problem
from core.testing.sites import Browser, Site
from plugins.auth_email.models import Password
from plugins.auth_email.passwords import NOBODYS_HASH, Hasher
from plugins.auth_email.settings import AuthEmailSettings
from plugins.auth_email.strength import complaint_about
from tests.plugins.auth_email.people import PASSWORD, is_signed_in, log_in, register, registered, stored_hash

LONG = "Lorem ipsum dolor sit amet " * 10


WEAK = [
    "password123", "Password2024!", "1234567890", "qwertyuiop", "aaaaaaaaaa", "abcabcabcabc", "mutoscope2026",
    "Muto-scope 26", "ada_lovelace1", "lovelace-2026", "too short", "", LONG[:257], "x" + LONG * 5,
]  # fmt: skip
FINE = [
    LONG[:256], "ten chars!", "пароль из слов", "🐢🐢 behind a 🐇", "  spaces  count  ", "no-digits-at-all",
    "e\u0301te\u0301 a\u0300 la mer",
]  # fmt: skip
TWINS = [
    (LONG[:100] + "a", LONG[:100] + "b"),
    ("  spaces  count  ", "spaces  count"),
    ("\u00e9t\u00e9 \u00e0 la mer", "e\u0301te\u0301 a\u0300 la mer"),
]


@pytest.fixture(autouse=True)
def cost_of_hashes() -> None:
    """What they cost is what these tests are about: it stays what it is."""


async def test_weak_short_or_enormous_password_is_refused(client: Browser) -> None:
    for password in WEAK:
        answer = await register(client, "ada_lovelace", password=password)

        assert (answer.status, "f-password-error" in answer.text) == (422, True), password
        assert not await is_signed_in(client)


async def test_any_other_password_signs_in(site: Site, client: Browser) -> None:
    for number, password in enumerate(FINE):
        assert (await register(await site.browser(), f"ada{number}", password=password)).status == 303

        assert (await log_in(client, f"ada{number}", password + ".")).status == 401, password
        assert (await log_in(client, f"ada{number}", password)).status == 303, password


async def test_passwords_that_look_alike_are_different(site: Site, client: Browser) -> None:
    """Nothing is cut off, trimmed or normalised in silence."""
    for number, (chosen, tried) in enumerate(TWINS):
        await register(await site.browser(), f"ada{number}", password=chosen)

        assert (await log_in(client, f"ada{number}", tried)).status == 401, chosen
        assert (await log_in(client, f"ada{number}", chosen)).status == 303, chosen


async def test_too_long_password_is_refused_before_hashing(client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(PasswordHash, "hash")

    assert (await register(client, password=LONG[:257])).status == 422


async def test_hash_is_argon2id_with_owasp_parameters(site: Site) -> None:
    await registered(site)

    assert (await stored_hash()).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_unknown_accounts_cost_as_much_as_known_ones() -> None:
    """A-2: the stand-in is of the kind that is stored."""
    assert NOBODYS_HASH.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_hash_of_an_older_kind_is_renewed_at_login(site: Site, client: Browser) -> None:
    user = await site.user("ada")
    old = PasswordHash([Argon2Hasher(time_cost=1, memory_cost=8 * 1024, parallelism=1)]).hash(PASSWORD)
    await Password.create(user=user, hash=old, changed_at=datetime.now(UTC))

    assert (await log_in(client)).status == 303

    assert (await stored_hash()).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (await log_in(await site.browser())).status == 303


async def test_page_never_echoes_a_password(client: Browser) -> None:
    answer = await register(client, "a", password=PASSWORD)
    again = await log_in(client, "ada", PASSWORD)

    assert PASSWORD not in answer.text + again.text
    assert 'value="a@example.org"' in answer.text


async def test_hashes_run_no_more_at_once_than_there_are_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most, lock = 0, 0, threading.Lock()

    def slow(self: PasswordHash, password: str) -> str:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.01)
        with lock:
            running -= 1
        return "hash"

    hasher = Hasher(threads=2, queue=32)
    monkeypatch.setattr(PasswordHash, "hash", slow)
    await asyncio.gather(*(hasher.hash("x") for _ in range(20)))

    assert most == 2


async def test_more_than_the_queue_holds_is_answered_503(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    hasher = Hasher(threads=2, queue=3)
    monkeypatch.setattr(PasswordHash, "hash", lambda *_: gate.wait(20) and "hash")

    waiting = [asyncio.create_task(hasher.hash("x")) for _ in range(5)]
    await asyncio.sleep(0)
    with pytest.raises(Problem) as refused:
        await hasher.hash("one too many")
    gate.set()

    assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "5"})
    assert await asyncio.gather(*waiting) == ["hash"] * 5
    assert await hasher.hash("there is room again") == "hash"


@pytest.mark.slow
async def test_flood_of_logins_leaves_the_site_alive(site: Site, client: Browser) -> None:
    await registered(site)
    flood = [asyncio.create_task(log_in(client, "ada", "wrong")) for _ in range(200)]
    slowest = 0.0
    other = await site.browser()
    while not all(task.done() for task in flood):
        started = time.perf_counter()
        assert (await other.get("/healthz")).status == 200
        slowest = max(slowest, time.perf_counter() - started)

    answers = await asyncio.gather(*flood)

    assert {answer.status for answer in answers} == {401, 503}
    assert all("Retry-After" in answer.headers for answer in answers if answer.status == 503)
    assert slowest < 10


def test_lengths_follow_the_settings() -> None:
    settings = AuthEmailSettings(password_min_length=12, password_max_length=64)

    said = [complaint_about(LONG[:length], settings, []) is None for length in (11, 12, 64, 65)]

    assert said == [False, True, True, False]
