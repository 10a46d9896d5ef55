"""Mail as files: whole, private, readable, and quiet in the log."""

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from core.api import Mail, Mailer
from core.testing.sites import Site

LINK = "http://127.0.0.1:8000/reset/open?token=" + "t" * 43
MAIL = Mail("ada@example.org", "Choose a new password", f"Hello Ada – here it is:\n\n{LINK}\n")


@pytest.fixture
def mailer(site: Site) -> Mailer:
    found = site.services.mailer
    assert found is not None
    return found


@pytest.fixture
def folder(site: Site) -> Path:
    return site.services.settings.data_dir / "mail"


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def read(path: Path) -> EmailMessage:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.SMTPUTF8)
    assert isinstance(message, EmailMessage)
    return message


async def test_message_is_a_file_any_mail_program_opens(mailer: Mailer, folder: Path) -> None:
    await mailer.send(MAIL)

    [path] = files(folder)
    message = read(path)
    assert path.suffix == ".eml"
    assert (message["To"], message["Subject"]) == (MAIL.to, MAIL.subject)
    assert message["From"] == "Mutoscope <noreply@localhost>"
    assert message.get_content().replace("\r\n", "\n") == MAIL.text


async def test_link_stands_in_one_piece_for_plain_eyes(mailer: Mailer, folder: Path) -> None:
    await mailer.send(MAIL)

    [path] = files(folder)
    assert LINK in path.read_text(encoding="utf-8").splitlines()


async def test_messages_of_one_moment_are_all_kept(mailer: Mailer, folder: Path) -> None:
    for _ in range(20):
        await mailer.send(MAIL)

    assert len(files(folder)) == 20


async def test_only_the_owner_reads_messages(mailer: Mailer, folder: Path) -> None:
    await mailer.send(MAIL)

    [path] = files(folder)
    assert mode(path) == 0o600
    assert mode(folder) == 0o700


async def test_log_names_the_file_and_never_the_link(mailer: Mailer, folder: Path) -> None:
    with capture_logs() as lines:
        await mailer.send(MAIL)

    [path] = files(folder)
    [line] = lines
    assert (line["event"], line["subject"], line["path"]) == ("mail_written", MAIL.subject, str(path))
    assert "token" not in str(lines)
    assert MAIL.to not in str(lines)


@pytest.mark.parametrize("field", ["to", "subject"])
async def test_line_break_in_a_header_writes_nothing(mailer: Mailer, folder: Path, field: str) -> None:
    """O-5: no second recipient gets in."""
    fields = {"to": MAIL.to, "subject": MAIL.subject, "text": MAIL.text}
    fields[field] += "\nBcc: eve@example.org"

    with pytest.raises(ValueError, match=r"(?i)header|linefeed"):
        await mailer.send(Mail(**fields))

    assert files(folder) == []
