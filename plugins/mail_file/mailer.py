"""Write messages as .eml files (RFC 5322), each whole or not at all."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.headerregistry import Address
from email.policy import SMTPUTF8
from pathlib import Path

import structlog

from core.api import Mail, Settings
from plugins.mail_file.settings import MailFileSettings

log = structlog.get_logger()


class FileMailer:
    """Delivers to a folder that only the site's own user may read: the messages hold links that open accounts."""

    name = "mail_file"

    def __init__(self, folder: Path, sender: str) -> None:
        """`sender` is the From header of every message."""
        self._folder = folder
        self._sender = sender

    async def send(self, mail: Mail) -> None:
        """Write the message, and log where it is, never what it says. Raises OSError when it cannot be written."""
        path = await asyncio.to_thread(self._write, mail)
        log.info("mail_written", subject=mail.subject, path=str(path))

    def _write(self, mail: Mail) -> Path:
        message = mail.message(self._sender)
        # Quoted-printable would break links in two for whoever reads the file with plain eyes.
        message.set_content(mail.text, cte="8bit")
        # Names sort by time; the random part keeps messages of one microsecond apart.
        path = self._folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}.eml"
        draft = path.with_suffix(".draft")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(message.as_bytes(policy=SMTPUTF8))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
        return path


@asynccontextmanager
async def open_mailer(settings: Settings) -> AsyncIterator[FileMailer]:
    """Open the mailer, making its folder. Raises OSError when that is impossible."""
    folder = settings.plugin("mail_file", MailFileSettings).folder or settings.data_dir / "mail"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    yield FileMailer(folder.resolve(), str(Address(settings.core.site.name, "noreply", "localhost")))
