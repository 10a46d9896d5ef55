"""What a mailer must do."""

from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol


class MailRefused(Exception):
    """The message can never be delivered (unknown recipient, refused content): trying again is useless."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A plain-text message to one person. Lines of `text` may be as long as they like."""

    to: str
    subject: str
    text: str

    def message(self, sender: str) -> EmailMessage:
        """Return the message as RFC 5322 has it; ValueError when a header holds a line break."""
        message = EmailMessage()
        message["From"] = sender
        message["To"] = self.to
        message["Subject"] = self.subject
        message.set_content(self.text)
        return message


class Mailer(Protocol):
    """Delivers mail. Called from jobs only, so an error other than MailRefused means: try again later."""

    name: str

    async def send(self, mail: Mail) -> None:
        """Hand the message over, durably. Raises MailRefused for what can never be delivered."""
        ...
