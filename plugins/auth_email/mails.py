"""The mails of this plugin: enqueued with what they are about, written and sent by a job."""

from datetime import timedelta
from enum import StrEnum

from core.api import JobContext, JobFailed, JobKind, Mail, MailRefused, Services, Work
from core.models import User
from plugins.auth_email.models import Purpose
from plugins.auth_email.settings import AuthEmailSettings
from plugins.auth_email.tokens import issue

KIND = "auth_email.mail"


class Message(StrEnum):
    """What a mail is about."""

    RESET = "reset"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a message's name
    ALREADY_REGISTERED = "already_registered"


async def enqueue_mail(work: Work, message: Message, user: User | None) -> None:
    """Enqueue a mail to the user. Nobody gets a job too, which does nothing, so that both take the same time (A-2)."""
    user_id = user.id if user else None
    await work.enqueue(KIND, {"message": message.value, "user": user_id}, subject=user_id)


class Mails:
    """Writes and sends them. Links are made at that moment: their secrets are stored nowhere, not even in the job."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._settings = services.settings.plugin("auth_email", AuthEmailSettings)

    def kinds(self) -> list[JobKind]:
        """The one kind of job."""
        return [JobKind(KIND, self._run)]

    async def _run(self, context: JobContext) -> None:
        user = await User.get_or_none(id=context.job.payload["user"]) if context.job.payload["user"] else None
        if user is None or user.email is None:
            return
        if self._services.mailer is None:
            raise JobFailed("no_mailer", "No plugin sends mail. Add mail_smtp to plugins in settings.toml.")
        mail = await self._write(Message(context.job.payload["message"]), user, user.email)
        try:
            await self._services.mailer.send(mail)
        except MailRefused as error:
            raise JobFailed("mail_refused", str(error)) from error

    async def _write(self, message: Message, user: User, to: str) -> Mail:
        site = self._services.settings.core.site.name
        match message:
            case Message.RESET:
                return Mail(to, f"Choose a new password for {site}", await self._reset(user, site))
            case Message.PASSWORD_CHANGED:
                return Mail(to, f"Your password for {site} was changed", self._changed(user, site))
            case Message.ALREADY_REGISTERED:
                return Mail(to, f"You already have an account at {site}", self._already(user, site))

    async def _reset(self, user: User, site: str) -> str:
        secret = await issue(Purpose.RESET, user, timedelta(minutes=self._settings.reset_minutes))
        return (
            f"Hello @{user.handle},\n\n"
            f"somebody, probably you, asked for a new password at {site}. Choose it here:\n\n"
            f"{self._link('auth_email.open_link', token=secret)}\n\n"
            f"The link works once, for {self._settings.reset_minutes} minutes. If you did not ask for it, do nothing: "
            "your password stays as it is.\n"
        )

    def _changed(self, user: User, site: str) -> str:
        return (
            f"Hello @{user.handle},\n\n"
            f"your password at {site} was just changed, and every other browser was signed out.\n\n"
            "If that was not you, choose a new one at once:\n\n"
            f"{self._link('auth_email.reset')}\n"
        )

    def _already(self, user: User, site: str) -> str:
        return (
            f"Hello @{user.handle},\n\n"
            f"somebody, probably you, tried to open an account at {site} with this address. You have one already.\n\n"
            f"Log in:\n\n{self._link('auth_email.login')}\n\n"
            f"Choose a new password, if you forgot yours:\n\n{self._link('auth_email.reset')}\n\n"
            "If it was not you, do nothing: nothing was changed.\n"
        )

    def _link(self, route: str, **parameters: str) -> str:
        urls = self._services.urls
        return urls.absolute(urls.path(route, **parameters))
