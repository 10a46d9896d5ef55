"""Mail as files: each message becomes an .eml that whoever tries the site can open."""

from contextlib import AbstractAsyncContextManager

from core.api import Mailer, Settings, hookimpl
from plugins.mail_file.mailer import open_mailer
from plugins.mail_file.settings import MailFileSettings


@hookimpl
def settings_model() -> type[MailFileSettings]:
    return MailFileSettings


@hookimpl
def mailer(settings: Settings) -> AbstractAsyncContextManager[Mailer]:
    return open_mailer(settings)
