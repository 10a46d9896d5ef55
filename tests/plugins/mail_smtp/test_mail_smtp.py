"""Mail by SMTP, against aiosmtpd: a real server, with TLS and authentication, on a free port."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from email import message_from_bytes
from email.policy import SMTPUTF8
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pydantic import ValidationError

from core.api import Mail, MailRefused
from core.hooks import ProviderError
from core.testing.sites import open_site
from plugins.mail_smtp.mailer import SmtpMailer
from plugins.mail_smtp.settings import MailSmtpSettings
from tests.conftest import EMBEDDED

MAIL = Mail("ada@example.org", "Grüße", "Hello Ada,\n\n" + "a long line " * 200 + "\n")
OPTIONS: dict[str, object] = {"host": "127.0.0.1", "sender": "Example <noreply@example.org>"}
Listening = AbstractAsyncContextManager[int]
ACCOUNT: dict[str, Any] = {"username": "video", "password": "correct horse"}


class Inbox:
    """What an aiosmtpd server hands its mail to; `replies` are what it answers instead of 250."""

    def __init__(self, **replies: str) -> None:
        self.envelopes: list[Envelope] = []
        self.encrypted: list[bool] = []
        self._replies = replies

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so
        self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        if reply := self._replies.get("rcpt"):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - see above
        if reply := self._replies.get("data"):
            return reply
        self.envelopes.append(envelope)
        self.encrypted.append(session.ssl is not None)
        return "250 OK"


def authenticate(_: SMTP, __: Session, ___: Envelope, mechanism: str, login: object) -> AuthResult:
    expected = LoginPassword(ACCOUNT["username"].encode(), ACCOUNT["password"].encode())
    return AuthResult(success=login == expected and mechanism in ("LOGIN", "PLAIN"), handled=False)


@asynccontextmanager
async def listening(factory: Callable[[], SMTP], tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    server = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def serving(inbox: Inbox, *, implicit_tls: ssl.SSLContext | None = None, **options: Any) -> Listening:
    return listening(lambda: SMTP(inbox, hostname="mail.test", **options), implicit_tls)


def asking_for_password(inbox: Inbox, certificate: ssl.SSLContext) -> Listening:
    return serving(inbox, tls_context=certificate, authenticator=authenticate, auth_required=True)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def certificate(authority: trustme.CA) -> ssl.SSLContext:
    """The server's side of a certificate that clients trust only through `trusted`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))


async def send(port: int, mail: Mail = MAIL, **options: Any) -> None:
    settings = MailSmtpSettings.model_validate({**OPTIONS, "port": port, "tls": "none", "timeout": 5, **options})
    await SmtpMailer(settings).send(mail)


async def test_message_arrives_as_it_was_written() -> None:
    inbox = Inbox()
    async with serving(inbox) as port:
        await send(port)

    [envelope] = inbox.envelopes
    assert isinstance(envelope.content, bytes)
    message = message_from_bytes(envelope.content, policy=SMTPUTF8)
    assert (envelope.mail_from, envelope.rcpt_tos) == ("noreply@example.org", ["ada@example.org"])
    assert (message["From"], message["Subject"]) == (OPTIONS["sender"], MAIL.subject)
    assert message.get_content().replace("\r\n", "\n") == MAIL.text
    assert message["Date"]
    assert message["Message-ID"].endswith("@example.org>")
    assert message["Auto-Submitted"] == "auto-generated"


@pytest.mark.usefixtures("trusted")
async def test_starttls_encrypts_before_the_password_is_sent(certificate: ssl.SSLContext) -> None:
    inbox = Inbox()
    async with asking_for_password(inbox, certificate) as port:
        await send(port, tls="starttls", **ACCOUNT)

    assert inbox.encrypted == [True]


@pytest.mark.usefixtures("trusted")
async def test_tls_encrypts_from_the_first_byte(certificate: ssl.SSLContext) -> None:
    inbox = Inbox()
    async with serving(inbox, implicit_tls=certificate) as port:
        await send(port, tls="tls")

    assert len(inbox.envelopes) == 1


async def test_server_without_starttls_gets_no_mail() -> None:
    inbox = Inbox()
    async with serving(inbox) as port:
        with pytest.raises(aiosmtplib.SMTPException):
            await send(port, tls="starttls")

    assert inbox.envelopes == []


async def test_certificate_nobody_vouches_for_gets_no_mail(certificate: ssl.SSLContext) -> None:
    inbox = Inbox()
    async with serving(inbox, tls_context=certificate) as port:
        with pytest.raises((aiosmtplib.SMTPException, OSError)):
            await send(port, tls="starttls")

    assert inbox.envelopes == []


@pytest.mark.usefixtures("trusted")
async def test_wrong_password_may_be_tried_again(certificate: ssl.SSLContext) -> None:
    async with asking_for_password(Inbox(), certificate) as port:
        with pytest.raises(aiosmtplib.SMTPAuthenticationError):
            await send(port, tls="starttls", username="video", password="wrong")


@pytest.mark.usefixtures("trusted")
async def test_server_that_takes_no_password_may_be_mended(certificate: ssl.SSLContext) -> None:
    async with serving(Inbox(), tls_context=certificate, auth_exclude_mechanism=["LOGIN", "PLAIN"]) as port:
        with pytest.raises(aiosmtplib.SMTPException, match="authentication"):
            await send(port, tls="starttls", **ACCOUNT)


@pytest.mark.parametrize("command", ["rcpt", "data"])
async def test_permanent_refusal_is_final(command: str) -> None:
    async with serving(Inbox(**{command: "550 5.1.1 no such person"})) as port:
        with pytest.raises(MailRefused, match=r"550 5\.1\.1 no such person"):
            await send(port)


@pytest.mark.parametrize("command", ["rcpt", "data"])
async def test_temporary_refusal_may_be_tried_again(command: str) -> None:
    async with serving(Inbox(**{command: "451 4.7.1 greylisted"})) as port:
        with pytest.raises(aiosmtplib.SMTPException):
            await send(port)


async def test_server_that_is_away_may_be_tried_again() -> None:
    async with serving(Inbox()) as port:
        pass

    with pytest.raises(OSError):  # noqa: PT011 - whichever the network gives
        await send(port)


async def test_international_address_is_refused_by_a_server_without_smtputf8() -> None:
    async with serving(Inbox()) as port:
        with pytest.raises(MailRefused, match="SMTPUTF8"):
            await send(port, Mail("jürgen@example.org", "Hello", "Hello\n"))


async def test_international_address_reaches_a_server_with_smtputf8() -> None:
    inbox = Inbox()
    async with serving(inbox, enable_SMTPUTF8=True) as port:
        await send(port, Mail("jürgen@example.org", "Hello", "Hello\n"))

    assert inbox.envelopes[0].rcpt_tos == ["jürgen@example.org"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"sender": "nobody"},
        {"sender": "a@example.org, b@example.org"},
        {"sender": "a@example.org\nBcc: eve@example.org"},
        {"username": "video"},
        {"password": "secret"},
        {"tls": "none", **ACCOUNT},
        {"tls": "maybe"},
        {"host": ""},
        {"port": 0},
        {"starttls": True},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        MailSmtpSettings.model_validate({**OPTIONS, **wrong})


async def test_hook_mailer_sends_for_the_site(tmp_path: Path) -> None:
    plugins = {name: module for name, module in EMBEDDED.items() if name != "mail_file"} | {"mail_smtp": None}
    inbox = Inbox()
    async with serving(inbox) as port:
        settings = {"mail_smtp": {**OPTIONS, "port": port, "tls": "none"}}
        async with open_site(tmp_path / "data", plugins, settings) as site:
            assert site.services.mailer is not None
            await site.services.mailer.send(MAIL)

    assert inbox.envelopes[0].rcpt_tos == [MAIL.to]


async def test_two_mailers_keep_the_site_from_starting(tmp_path: Path) -> None:
    plugins = {**EMBEDDED, "mail_smtp": None}

    with pytest.raises(ProviderError, match="mail_file and mail_smtp both provide a mailer"):
        async with open_site(tmp_path / "data", plugins, {"mail_smtp": OPTIONS}):
            pass


@pytest.mark.parametrize(("tls", "port"), [("none", 25), ("starttls", 587), ("tls", 465)])
def test_usual_port_follows_from_tls(tls: str, port: int) -> None:
    assert MailSmtpSettings.model_validate({**OPTIONS, "tls": tls}).effective_port == port
