"""The account page: name, password, role, sessions."""

from aiohttp import web

from core.api import (
    SIGNED_IN,
    Problem,
    Route,
    read_form,
    read_query,
    see_other,
    sign_in,
    sign_out_everywhere,
    signed_in,
    url_of,
)
from plugins.auth_email.accounts import Accounts, may_become_creator, rename
from plugins.auth_email.forms import AccountQuery, NameForm, NoFields, PasswordForm
from plugins.auth_email.pages import form_page, open_session, refused, with_errors


class AccountPages:
    """What people change about their own account."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("GET", "/account", self.account, SIGNED_IN, "auth_email.account"),
            Route("POST", "/account/name", self.name, SIGNED_IN, "auth_email.name"),
            Route("POST", "/account/password", self.password, SIGNED_IN, "auth_email.password"),
            Route("POST", "/account/creator", self.creator, SIGNED_IN, "auth_email.creator"),
            Route("POST", "/account/sessions", self.sessions, SIGNED_IN, "auth_email.sessions"),
        ]

    async def account(self, request: web.Request) -> web.Response:
        """Show the account."""
        done = read_query(request, AccountQuery).done
        return await form_page(request, "auth_email/account.html", self._about(request, done))

    async def name(self, request: web.Request) -> web.Response:
        """Change how others read the name."""
        form = await read_form(request, NameForm)
        if form.value is None:
            return await form_page(request, "auth_email/account.html", self._about(request), form)
        await rename(signed_in(request), form.value.display_name)
        return self._done(request, "name")

    async def password(self, request: web.Request) -> web.Response:
        """Change the password; this browser gets a new session, all others lose theirs."""
        user = signed_in(request)
        form = await read_form(request, PasswordForm)
        words = (user.handle, user.email or "", user.display_name)
        form = with_errors(form, self._accounts.complaint_about(form.raw.get("password", ""), *words))
        if form.value is None:
            return await form_page(request, "auth_email/account.html", self._about(request), form)
        response = self._done(request, "password")
        try:
            proven = await self._accounts.change_password(user, form.value.current_password, form.value.password)
            await open_session(request, response, proven)
        except Problem as problem:
            form = refused(form, problem, "password")
            return await form_page(request, "auth_email/account.html", self._about(request), form, problem)
        return response

    async def creator(self, request: web.Request) -> web.Response:
        """Make the viewer a creator, where the site offers it."""
        await read_form(request, NoFields)
        user = signed_in(request)
        await self._accounts.become_creator(user)
        response = self._done(request, "creator")
        await sign_in(request, response, user)  # a new session for new rights
        return response

    async def sessions(self, request: web.Request) -> web.Response:
        """End all sessions but this one."""
        await read_form(request, NoFields)
        await sign_out_everywhere(signed_in(request), keep=request)
        return self._done(request, "sessions")

    def _about(self, request: web.Request, done: str | None = None) -> dict[str, object]:
        settings, user = self._accounts.settings, signed_in(request)
        return {
            "account": user,
            "done": done,
            "may_become_creator": may_become_creator(user, settings),
            "min_length": settings.password_min_length,
            "max_length": settings.password_max_length,
        }

    @staticmethod
    def _done(request: web.Request, what: str) -> web.Response:
        return see_other(url_of(request, "auth_email.account", done=what))
