"""Accounts: what a handle, a name and an address may be. How people prove who they are is a plugin's."""

import re
from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, StringConstraints
from tortoise.exceptions import IntegrityError

from core.database import transaction
from core.models import Role, User
from core.problems import Problem
from core.text import Line

_HANDLE = re.compile(r"[a-z0-9][a-z0-9_]{2,29}")
RESERVED_HANDLES = frozenset(
    [
        "about",
        "account",
        "admin",
        "administrator",
        "api",
        "app",
        "assets",
        "contact",
        "embed",
        "explore",
        "feed",
        "feeds",
        "following",
        "help",
        "home",
        "login",
        "logout",
        "media",
        "moderator",
        "mutoscope",
        "news",
        "notifications",
        "null",
        "official",
        "oembed",
        "postmaster",
        "register",
        "root",
        "search",
        "security",
        "settings",
        "setup",
        "site",
        "static",
        "staff",
        "studio",
        "support",
        "system",
        "undefined",
        "upload",
        "uploads",
        "users",
        "video",
        "videos",
        "watch",
        "webmaster",
    ]
)


def _handle(text: str) -> str:
    # ASCII only: look-alike letters (а for a) would let one user pose as another.
    handle = text.strip().removeprefix("@").lower()
    if not _HANDLE.fullmatch(handle):
        raise ValueError(
            "A handle has 3 to 30 letters a–z, digits or underscores, and does not begin with an underscore"
        )
    if handle in RESERVED_HANDLES:
        raise ValueError("This handle is kept for the site itself; choose another one")
    return handle


def _email(text: str) -> str:
    try:
        return validate_email(text.strip(), check_deliverability=False).normalized
    except EmailNotValidError:
        raise ValueError("This is no e-mail address that mail can be sent to") from None


Handle = Annotated[str, StringConstraints(max_length=64), AfterValidator(_handle)]
"""A user's name in addresses: lower case, ASCII, not reserved."""

Email = Annotated[str, StringConstraints(max_length=254), AfterValidator(_email)]
"""An e-mail address in its normal form, with the case of the local part as typed."""

DisplayName = Annotated[Line, StringConstraints(max_length=50)]
"""What people read as a user's name."""


class NewUser(BaseModel):
    """What every account has, checked."""

    handle: Handle
    email: Email
    display_name: DisplayName
    role: Role = Role.VIEWER


def email_key(email: str) -> str:
    """Return what two spellings of one address share: folded case, the domain in its ASCII form (IDNA)."""
    checked = validate_email(email, check_deliverability=False)
    return f"{checked.local_part.lower()}@{checked.ascii_domain.lower()}"


async def find_by_email(email: str) -> User | None:
    """Return who has this address, however it is spelled."""
    return await User.get_or_none(email_key=email_key(email))


async def create_user(*, handle: Handle, email: Email | None, display_name: DisplayName, role: Role) -> User:
    """Create a user from values that are already of the right kind. Raises Problem 409 when one of them is taken."""
    key = email_key(email) if email else None
    try:
        # A savepoint: on PostgreSQL the caller's own transaction would be beyond use after the collision.
        async with transaction():
            return await User.create(handle=handle, email=email, email_key=key, display_name=display_name, role=role)
    except IntegrityError:
        if await User.exists(handle=handle):
            raise Problem(
                409, "handle_taken", f"@{handle} is taken.", errors={"handle": "This handle is taken."}
            ) from None
        raise Problem(
            409,
            "email_taken",
            "This address has an account already.",
            errors={"email": "This address has an account already."},
        ) from None
