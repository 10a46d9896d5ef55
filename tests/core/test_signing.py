"""Tokens: nobody but us makes one, none serves another purpose, and none lives for ever (THREATS U-1, U-2, U-6)."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.signing import BadSignature, Signer

OLD, NEW = b"o" * 32, b"n" * 32
FIELDS: dict[str, str | int] = {"method": "PUT", "upload": "0f3a", "number": 7, "length": 5_242_880}
NOW = 1_800_000_000
HOUR = 3600

field_maps = st.dictionaries(st.text(max_size=8), st.one_of(st.text(max_size=8), st.integers()), max_size=4)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def is_accepted(signer: Signer, token: str, fields: dict[str, str | int], purpose: str = "upload-part") -> bool:
    try:
        signer.check(purpose, fields, token, max_lifetime=HOUR)
    except BadSignature:
        return False
    return True


def at_noon(*secrets: bytes) -> Signer:
    return Signer(secrets or [NEW], clock=lambda: NOW)


def test_u1_own_token_is_accepted_with_its_expiry() -> None:
    signer = at_noon()
    token = signer.token("upload-part", FIELDS, expires_at=NOW + HOUR)
    assert signer.check("upload-part", FIELDS, token, max_lifetime=HOUR) == NOW + HOUR


@pytest.mark.slow
@settings(max_examples=2000)
@given(st.data())
def test_u1_no_mutation_of_a_token_is_accepted(data: st.DataObject) -> None:
    signer = at_noon()
    token = signer.token("upload-part", FIELDS, expires_at=NOW + HOUR)
    start = data.draw(st.integers(0, len(token)))
    end = data.draw(st.integers(start, min(start + 3, len(token))))
    mutated = token[:start] + data.draw(st.text(max_size=3)) + token[end:]
    assert is_accepted(signer, mutated, FIELDS) == (mutated == token)


@given(st.text())
def test_u1_any_text_is_refused_without_another_error(text: str) -> None:
    assert not is_accepted(at_noon(), text, FIELDS)


@pytest.mark.parametrize("field", sorted(FIELDS))
@pytest.mark.parametrize("value", ["", "put", "PUT ", "0F3A", "07", 8, "\uff17", "5242880.0", None])
def test_u1_other_fields_are_refused(field: str, value: str | int | None) -> None:
    signer = at_noon()
    token = signer.token("upload-part", FIELDS, expires_at=NOW + HOUR)
    changed = {name: old for name, old in FIELDS.items() if name != field}
    if value is not None:
        changed[field] = value
    assert not is_accepted(signer, token, changed)


@given(field_maps, field_maps)
def test_u1_different_fields_have_different_tokens(one: dict[str, str | int], other: dict[str, str | int]) -> None:
    signer = at_noon()
    same = {name: str(value) for name, value in one.items()} == {name: str(value) for name, value in other.items()}
    tokens = [signer.token("upload-part", fields, expires_at=NOW) for fields in (one, other)]
    assert (tokens[0] == tokens[1]) == same


def test_u1_same_mac_in_another_spelling_is_refused() -> None:
    signer = at_noon()
    head, _, mac = signer.token("upload-part", FIELDS, expires_at=NOW + HOUR).rpartition(".")
    raw = base64.urlsafe_b64decode(mac + "=")
    for spelling in (mac + "=", base64.b64encode(raw).decode(), raw.hex(), mac + "\n", f" {mac}"):
        assert not is_accepted(signer, f"{head}.{spelling}", FIELDS)


@pytest.mark.parametrize("spelling", ["0{}", "+{}", "{}.0", " {}", "{}_0", "-{}"])
def test_u1_same_expiry_in_another_spelling_is_refused(spelling: str) -> None:
    signer = at_noon()
    key_id, expiry, mac = signer.token("upload-part", FIELDS, expires_at=NOW + HOUR).split(".")
    assert not is_accepted(signer, f"{key_id}.{spelling.format(expiry)}.{mac}", FIELDS)


@pytest.mark.parametrize(("late", "accepted"), [(-1, True), (0, False), (1, False), (86_400, False)])
def test_u2_token_is_dead_from_its_expiry_on(clock: Clock, late: int, *, accepted: bool) -> None:
    signer = Signer([NEW], clock=clock)
    token = signer.token("upload-part", FIELDS, expires_at=NOW + HOUR)
    clock.now = NOW + HOUR + late
    assert is_accepted(signer, token, FIELDS) == accepted


@pytest.mark.parametrize("lifetime", [HOUR + 1, 8 * 86_400, 10**11])
def test_u2_token_that_lives_too_long_is_refused(lifetime: int) -> None:
    signer = at_noon()
    token = signer.token("upload-part", FIELDS, expires_at=NOW + lifetime)
    assert not is_accepted(signer, token, FIELDS)


@pytest.mark.parametrize("issued", ["upload-part", "read", "session", "mail"])
@pytest.mark.parametrize("asked", ["upload-part", "read", "session", "mail", "upload-part ", ""])
def test_u6_token_serves_its_own_purpose_only(issued: str, asked: str) -> None:
    signer = at_noon()
    token = signer.token(issued, FIELDS, expires_at=NOW + HOUR)
    assert is_accepted(signer, token, FIELDS, purpose=asked) == (issued == asked)


def test_u6_rotation_keeps_old_tokens_until_the_old_secret_is_removed() -> None:
    token = at_noon(OLD).token("upload-part", FIELDS, expires_at=NOW + HOUR)
    assert is_accepted(at_noon(NEW, OLD), token, FIELDS)
    assert not is_accepted(at_noon(NEW), token, FIELDS)


def test_u6_rotation_signs_with_the_first_secret() -> None:
    token = at_noon(NEW, OLD).token("upload-part", FIELDS, expires_at=NOW + HOUR)
    assert is_accepted(at_noon(NEW), token, FIELDS)
    assert not is_accepted(at_noon(OLD), token, FIELDS)


def test_u6_key_id_of_another_secret_is_refused() -> None:
    both = at_noon(NEW, OLD)
    ours = both.token("upload-part", FIELDS, expires_at=NOW + HOUR)
    theirs = at_noon(OLD).token("upload-part", FIELDS, expires_at=NOW + HOUR)
    swapped = ".".join([theirs.split(".")[0], *ours.split(".")[1:]])
    assert not is_accepted(both, swapped, FIELDS)


@pytest.mark.parametrize("secrets", [[], [b"short"], [NEW, b"s" * 31]])
def test_weak_secret_is_refused_at_start(secrets: list[bytes]) -> None:
    with pytest.raises(ValueError, match="openssl rand"):
        Signer(secrets)


def test_token_shows_no_secret_and_needs_no_escaping() -> None:
    token = at_noon().token("upload-part", FIELDS, expires_at=NOW + HOUR)
    assert NEW.decode() not in token
    assert all(character.isascii() and (character.isalnum() or character in "._-") for character in token)
