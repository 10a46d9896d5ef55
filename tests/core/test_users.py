"""Accounts: handles that cannot deceive, one account for an address, and clear refusals."""

from collections.abc import AsyncIterator

import pytest
from pydantic import ValidationError

from core.api import find_by_email, transaction
from core.database import open_database
from core.migration import upgrade
from core.models import Role, User
from core.problems import Problem
from core.users import RESERVED_HANDLES, NewUser, create_user, email_key
from tests.core.jobs.running import CORE_APP


def a_new(**fields: str) -> NewUser:
    """Return checked values of an account."""
    return NewUser.model_validate({"handle": "ada", "email": "ada@example.org", "display_name": "Ada", **fields})


@pytest.fixture
async def _open(database_url: str) -> AsyncIterator[None]:
    async with open_database(database_url, [CORE_APP]) as database:
        await upgrade(database)
        yield


@pytest.mark.parametrize(("typed", "handle"), [("ada", "ada"), (" @Ada_99 ", "ada_99"), ("a" * 30, "a" * 30)])
def test_handle_is_folded_to_lower_case(typed: str, handle: str) -> None:
    assert a_new(handle=typed).handle == handle


@pytest.mark.parametrize("typed", ["ab", "a" * 31, "_ada", "a-b", "аda", "ada\u0661", "ad\na", "", "\uff41da", "a b"])
def test_handle_of_other_characters_or_length_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError, match="A handle has 3 to 30 letters"):
        a_new(handle=typed)


@pytest.mark.parametrize("typed", ["admin", "@API", "Studio", "watch"])
def test_handle_that_the_site_needs_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError, match="kept for the site itself"):
        a_new(handle=typed)


def test_reserved_handles_are_handles() -> None:
    assert {name for name in RESERVED_HANDLES if not 3 <= len(name) <= 30 or not name.isascii()} == set()


@pytest.mark.parametrize("typed", ["ada", "ada@", "a b@example.org", "ada@example", "ada@exa\nmple.org", "x" * 300])
def test_address_that_no_mail_reaches_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError, match=r"no e-mail address|at most 254"):
        a_new(email=typed)


@pytest.mark.parametrize("spelling", ["Ada@Example.org", "ADA@EXAMPLE.ORG", "ada@example.org"])
def test_spellings_of_one_address_share_their_key(spelling: str) -> None:
    assert email_key(spelling) == "ada@example.org"


def test_international_domain_has_the_key_of_its_ascii_form() -> None:
    assert email_key("ada@bücher.example.org") == email_key("ada@xn--bcher-kva.example.org")


@pytest.mark.usefixtures("_open")
async def test_user_is_found_by_any_spelling_of_the_address() -> None:
    new = a_new(email="Ada@Example.org")
    user = await create_user(handle=new.handle, email=new.email, display_name=new.display_name, role=Role.VIEWER)

    found = await find_by_email("aDA@example.ORG")

    assert found is not None
    assert (found.id, found.email) == (user.id, "Ada@example.org")


@pytest.mark.usefixtures("_open")
@pytest.mark.parametrize(
    ("handle", "email", "code", "field"),
    [("ada", "other@example.org", "handle_taken", "handle"), ("other", "ADA@example.org", "email_taken", "email")],
)
async def test_taken_value_is_a_conflict_that_names_its_field(handle: str, email: str, code: str, field: str) -> None:
    await create_user(handle="ada", email="ada@example.org", display_name="Ada", role=Role.VIEWER)

    with pytest.raises(Problem) as caught:
        await create_user(handle=handle, email=email, display_name="Other", role=Role.VIEWER)

    assert (caught.value.status, caught.value.code, list(caught.value.errors)) == (409, code, [field])
    assert await User.all().count() == 1


@pytest.mark.usefixtures("_open")
async def test_conflict_leaves_the_callers_transaction_usable() -> None:
    await create_user(handle="ada", email="ada@example.org", display_name="Ada", role=Role.VIEWER)

    async with transaction():
        with pytest.raises(Problem, match="handle_taken"):
            await create_user(handle="ada", email=None, display_name="Ada", role=Role.VIEWER)
        await create_user(handle="grace", email=None, display_name="Grace", role=Role.VIEWER)

    assert await User.exists(handle="grace")


@pytest.mark.usefixtures("_open")
async def test_several_users_may_have_no_address() -> None:
    for handle in ("ada", "grace"):
        await create_user(handle=handle, email=None, display_name=handle, role=Role.CREATOR)

    assert await User.filter(email_key=None).count() == 2


def test_role_includes_those_before_it() -> None:
    assert [role.includes(Role.CREATOR) for role in Role] == [False, True, True, True]
