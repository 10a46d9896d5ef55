"""The [mail_smtp] table of settings.toml."""

from email.errors import HeaderParseError
from email.headerregistry import Address
from email.utils import getaddresses
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator


class Tls(StrEnum):
    """How the connection is protected: not at all, after a plain greeting (port 587), or from the start (port 465)."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


_PORTS = {Tls.NONE: 25, Tls.STARTTLS: 587, Tls.TLS: 465}


def _mailbox(text: str) -> str:
    # Older Pythons' parser gives an empty address for a line break, and stumbles over it.
    [(name, address), *others] = getaddresses([text]) if text.isprintable() else [("", "")]
    try:
        Address(name, addr_spec=address)
    except (ValueError, IndexError, HeaderParseError):
        address = ""
    if "@" not in address or others:
        raise ValueError("write one address, as noreply@example.org or Example <noreply@example.org>")
    return text


class MailSmtpSettings(BaseModel):
    """The mail server, and in whose name mail is sent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(min_length=1, description="The mail server's name, as its certificate has it.")
    sender: Annotated[str, AfterValidator(_mailbox)] = Field(description="The From header of every message.")
    tls: Tls = Tls.STARTTLS
    port: int | None = Field(None, ge=1, le=65535, description="25, 587 or 465 by `tls`, unless set.")
    username: str | None = None
    password: SecretStr | None = None
    timeout: float = Field(30, gt=0, description="Longest wait for one answer of the server, in seconds.")

    @model_validator(mode="after")
    def _credentials_go_together(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password need each other: set both, or neither")
        if self.password is not None and self.tls is Tls.NONE:
            raise ValueError('a password would travel readable with tls = "none": choose "starttls" or "tls"')
        return self

    @property
    def effective_port(self) -> int:
        """The port that is set, or the usual one."""
        return self.port or _PORTS[self.tls]
