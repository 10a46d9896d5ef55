"""What the pages and the API take."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.api import DisplayName, Email, Handle, Line

Login = Annotated[Line, Field(max_length=254)]
"""An e-mail address or a handle, as typed."""

TypedPassword = Annotated[str, Field(min_length=1, max_length=1024)]
"""Exactly as typed: spaces count, and no character is put into another form (ASVS 6.2.8)."""

Next = Annotated[str, Field(max_length=8000)]
Secret = Annotated[str, Field(max_length=100)]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Credentials(_Input):
    """Who somebody says they are, and their password."""

    login: Login
    password: TypedPassword


class LoginForm(Credentials):
    """Credentials, and the path to go on to."""

    next: Next = "/"


class RegisterForm(_Input):
    """A new account."""

    email: Email
    handle: Handle
    password: TypedPassword
    next: Next = "/"


class SetupForm(_Input):
    """The first administrator."""

    email: Email
    handle: Handle
    password: TypedPassword


class NameForm(_Input):
    """How others read the account's name."""

    display_name: DisplayName


class PasswordForm(_Input):
    """A changed password."""

    current_password: TypedPassword
    password: TypedPassword


class NewPasswordForm(_Input):
    """A password in the place of a forgotten one."""

    password: TypedPassword


class ResetForm(_Input):
    """Whose password was forgotten."""

    login: Login


class NoFields(_Input):
    """A form that is only a button."""


class LoginQuery(_Input):
    """Where to go on, and whether the password was just changed by a link."""

    next: Next = "/"
    changed: bool = False


class NextQuery(_Input):
    """Where to go on."""

    next: Next = "/"


class LinkQuery(_Input):
    """The secret of a one-time link. It is in the query because paths are logged, and queries are not."""

    token: Secret = ""


class AccountQuery(_Input):
    """What was just done."""

    done: Literal["name", "password", "creator", "sessions"] | None = None


class AccountView(BaseModel):
    """The signed-in account."""

    handle: str
    display_name: str
    role: str
    email: str | None
