"""Mail by SMTP: messages go to the server that [mail_smtp] names."""

from contextlib import AbstractAsyncContextManager

from core.api import Mailer, Settings, hookimpl
from plugins.mail_smtp.mailer import open_mailer
from plugins.mail_smtp.settings import MailSmtpSettings


@hookimpl
def settings_model() -> type[MailSmtpSettings]:
    return MailSmtpSettings


@hookimpl
def mailer(settings: Settings) -> AbstractAsyncContextManager[Mailer]:
    return open_mailer(settings)
