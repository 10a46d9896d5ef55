"""Send messages by SMTP (RFC 5321), one connection for each: mail is rare, and jobs try again by themselves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr

import aiosmtplib

from core.api import Mail, MailRefused, Settings
from plugins.mail_smtp.settings import MailSmtpSettings, Tls

_PERMANENT = range(500, 600)


class SmtpMailer:
    """Delivers to one server, which takes care of the rest."""

    name = "mail_smtp"

    def __init__(self, settings: MailSmtpSettings) -> None:
        self._settings = settings

    async def send(self, mail: Mail) -> None:
        """Hand the message to the server.

        Raises MailRefused when the server will never take it, and SMTPException or OSError when it may do so later:
        it is away, busy, greylisting, or refuses our password, which is the deployer's to mend and not the message's.
        """
        try:
            await self._send(self._message(mail))
        except aiosmtplib.SMTPRecipientsRefused as error:
            refusal = error.recipients[0]
            if refusal.code in _PERMANENT:
                raise MailRefused(f"the mail server refused the recipient: {refusal.code} {refusal.message}") from error
            raise
        except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPDataError) as error:
            if error.code in _PERMANENT:
                raise MailRefused(f"the mail server refused the message: {error.code} {error.message}") from error
            raise
        except aiosmtplib.SMTPNotSupported as error:
            # It is raised for one thing only: an address with letters beyond ASCII, and a server without SMTPUTF8.
            raise MailRefused(f"the mail server takes no such address: {error.message}") from error

    def _message(self, mail: Mail) -> EmailMessage:
        message = mail.message(self._settings.sender)
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=parseaddr(self._settings.sender)[1].rpartition("@")[2])
        # Keeps holiday notices from answering (RFC 3834).
        message["Auto-Submitted"] = "auto-generated"
        return message

    async def _send(self, message: EmailMessage) -> None:
        settings = self._settings
        await aiosmtplib.send(
            message,
            hostname=settings.host,
            port=settings.effective_port,
            username=settings.username,
            password=settings.password.get_secret_value() if settings.password else None,
            use_tls=settings.tls is Tls.TLS,
            # Never None: "upgrade if offered" would let anybody on the wire take the offer away.
            start_tls=settings.tls is Tls.STARTTLS,
            timeout=settings.timeout,
        )


@asynccontextmanager
async def open_mailer(settings: Settings) -> AsyncIterator[SmtpMailer]:
    """Open the mailer. It connects when there is mail, so a mail server that is down keeps no site from starting."""
    yield SmtpMailer(settings.plugin("mail_smtp", MailSmtpSettings))
