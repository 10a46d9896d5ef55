"""Accounts with passwords: opening one, proving who one is, and changing what proves it."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from tortoise.expressions import F

from core.api import (
    DisplayName,
    Handle,
    Problem,
    Services,
    create_user,
    email_key,
    find_by_email,
    sign_out_everywhere,
)
from core.models import Role, User
from plugins.auth_email.forms import RegisterForm, SetupForm
from plugins.auth_email.mails import Message, enqueue_mail
from plugins.auth_email.models import OneTimeToken, Password, Purpose
from plugins.auth_email.passwords import Hasher
from plugins.auth_email.settings import AuthEmailSettings
from plugins.auth_email.strength import complaint_about
from plugins.auth_email.tokens import find, redeem

DEAD_LINK = "This link is not valid any more: it was used, replaced by a newer one, or is too old."


def may_become_creator(user: User, settings: AuthEmailSettings) -> bool:
    """Tell whether this user may make themselves a creator."""
    return user.role is Role.VIEWER and settings.creators != "nobody"


class Accounts:
    """The accounts of one site."""

    def __init__(self, services: Services) -> None:
        self.settings = services.settings.plugin("auth_email", AuthEmailSettings)
        self._jobs = services.jobs
        self._hooks = services.hooks
        self._hasher = Hasher(threads=self.settings.hashing_threads, queue=self.settings.hashing_queue)
        self._site_words = (services.settings.core.site.name, urlsplit(services.settings.base_url).hostname or "")

    def complaint_about(self, password: str, *words: str) -> dict[str, str]:
        """Return what is wrong with a new password, by field; `words` are what others know of its owner."""
        complaint = complaint_about(password, self.settings, [*self._site_words, *words])
        return {"password": complaint} if complaint else {}

    async def authenticate(self, login: str, password: str) -> Password:
        """Return the row of whoever this is, user included.

        Raises Problem 401 alike for an unknown account and a wrong password, after the same work; 403 for a suspended
        user who knows the password; 503 when too many are waiting.
        """
        found = await _password_of(login)
        right, renewed = await self._hasher.verify(password, found.hash if found else None)
        if found is None or not right:
            raise Problem(401, "invalid_credentials", "There is no account of this name with this password.")
        if found.user.suspended_at is not None:
            raise Problem(403, "suspended", "This account is suspended. Ask the operators of the site why.")
        if renewed and await Password.filter(user_id=found.user_id, hash=found.hash).update(hash=renewed):
            found.hash = renewed
        return found

    async def register(self, new: RegisterForm) -> Password | None:
        """Open an account; None when the address has one already, whose owner is told by mail.

        Raises Problem 403 while registration is closed, 409 for a taken handle, 503 when too many are waiting.
        """
        if self.settings.registration == "closed":
            raise Problem(403, "registration_closed", "This site opens no new accounts.")
        everyone = self.settings.creators == "everyone"
        hashed = await self._hasher.hash(new.password)
        try:
            async with self._jobs.transaction():
                opened = await self._open(new.handle, new.email, hashed, Role.CREATOR if everyone else Role.VIEWER)
        except Problem as problem:
            if problem.code != "email_taken":
                raise
            await self._tell_owner(new.email)
            return None
        await self._hooks.announce("user_joined", user=opened.user)
        return opened

    async def set_up(self, secret: str, new: SetupForm) -> Password:
        """Make the first administrator. Raises Problem 404 for a void link, 409 for a taken handle or address."""
        hashed = await self._hasher.hash(new.password)
        async with self._jobs.transaction():
            if not await needs_administrator() or not await redeem(secret, Purpose.SETUP):
                raise Problem(404, "not_found", DEAD_LINK)
            opened = await self._open(new.handle, new.email, hashed, Role.ADMIN)
        await self._hooks.announce("user_joined", user=opened.user)
        return opened

    async def change_password(self, user: User, current: str, new: str) -> Password:
        """Replace the password and end all sessions. Raises Problem 403 for a wrong `current`, 409 if it changed."""
        stored = await Password.get_or_none(user_id=user.id)
        right, _ = await self._hasher.verify(current, stored.hash if stored else None)
        if stored is None or not right:
            complaint = {"current_password": "This is not your password."}
            raise Problem(403, "wrong_password", complaint["current_password"], errors=complaint)
        hashed = await self._hasher.hash(new)
        async with self._jobs.transaction() as work:
            changed = Password.filter(user_id=user.id, hash=stored.hash)
            if not await changed.update(hash=hashed, changed_at=datetime.now(UTC)):
                raise Problem(409, "changed_meanwhile", "Your password was changed elsewhere in the meantime.")
            await _void(user)
            await enqueue_mail(work, Message.PASSWORD_CHANGED, user)
        return await Password.get(user_id=user.id).select_related("user")

    async def set_password(self, secret: str, new: str) -> None:
        """Set the password a link is good for, and end all sessions. Raises Problem 400 for a void link."""
        if await find(secret, Purpose.RESET, Purpose.INVITE) is None:
            raise Problem(400, "dead_link", DEAD_LINK)
        hashed = await self._hasher.hash(new)
        async with self._jobs.transaction() as work:
            token = await redeem(secret, Purpose.RESET, Purpose.INVITE)
            if token is None or token.user is None:
                raise Problem(400, "dead_link", DEAD_LINK)
            values = {"hash": hashed, "changed_at": datetime.now(UTC)}
            await Password.update_or_create(values, user_id=token.user.id)
            await _void(token.user)
            if token.purpose is Purpose.RESET:
                await enqueue_mail(work, Message.PASSWORD_CHANGED, token.user)

    async def ask_reset(self, login: str) -> None:
        """Have a link to a new password mailed to the owner, if there is one: the work is the same if there is none."""
        found = await _named(login)
        async with self._jobs.transaction() as work:
            await enqueue_mail(work, Message.RESET, found)

    async def become_creator(self, user: User) -> None:
        """Make a viewer a creator. Raises Problem 403 where the site does not let people do so themselves."""
        if self.settings.creators == "nobody":
            raise Problem(403, "not_offered", "On this site only its operators choose who may upload.")
        if await User.filter(id=user.id, role=Role.VIEWER).update(role=Role.CREATOR):
            user.role = Role.CREATOR

    async def _open(self, handle: Handle, email: str, hashed: str, role: Role) -> Password:
        user = await create_user(handle=handle, email=email, display_name=handle, role=role)
        return await Password.create(user=user, hash=hashed, changed_at=datetime.now(UTC))

    async def _tell_owner(self, email: str) -> None:
        owner = await User.get_or_none(email_key=email_key(email))
        async with self._jobs.transaction() as work:
            await enqueue_mail(work, Message.ALREADY_REGISTERED, owner)


async def needs_administrator() -> bool:
    """Tell whether the site has no administrator yet."""
    return not await User.exists(role=Role.ADMIN)


async def rename(user: User, display_name: DisplayName) -> None:
    """Change how others read the user's name."""
    user.display_name = display_name
    await user.save(update_fields=["display_name"])


async def _named(login: str) -> User | None:
    """Return the user somebody means by what they typed: an address, or a handle."""
    if "@" not in login.removeprefix("@"):
        return await User.get_or_none(handle=login.removeprefix("@").lower())
    try:
        return await find_by_email(login)
    except ValueError:
        return None  # no address at all, so nobody's


async def _password_of(login: str) -> Password | None:
    user = await _named(login)
    return await Password.get_or_none(user_id=user.id).select_related("user") if user else None


async def _void(user: User) -> None:
    """Void whatever was given out before: sessions, links, and all that carries the epoch (A-14)."""
    await User.filter(id=user.id).update(epoch=F("epoch") + 1)
    await OneTimeToken.filter(user_id=user.id).delete()
    await sign_out_everywhere(user)
