"""The pages for coming and going: log in, register, log out."""

from aiohttp import web

from core.api import (
    ANYONE,
    Problem,
    Route,
    read_form,
    read_query,
    render,
    safe_next,
    see_other,
    sign_out,
    viewer_of,
)
from plugins.auth_email.accounts import Accounts
from plugins.auth_email.forms import LoginForm, LoginQuery, NextQuery, NoFields, RegisterForm
from plugins.auth_email.pages import form_page, open_session, refused, with_errors


class EntryPages:
    """Pages for people who are not signed in yet."""

    def __init__(self, accounts: Accounts, *, sends_mail: bool) -> None:
        """Without mail, an address that has an account can only be pointed out on the page."""
        self._accounts = accounts
        self._sends_mail = sends_mail

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("GET", "/login", self.login_page, ANYONE, "auth_email.login"),
            Route("POST", "/login", self.login, ANYONE, "auth_email.login_send"),
            Route("POST", "/logout", self.logout, ANYONE, "auth_email.logout"),
            Route("GET", "/register", self.register_page, ANYONE, "auth_email.register"),
            Route("POST", "/register", self.register, ANYONE, "auth_email.register_send"),
        ]

    async def login_page(self, request: web.Request) -> web.Response:
        """Show the form, unless somebody is signed in already."""
        query = read_query(request, LoginQuery)
        if viewer_of(request):
            return see_other(safe_next(query.next))
        about = {"next": safe_next(query.next), "changed": query.changed}
        return await form_page(request, "auth_email/login.html", about)

    async def login(self, request: web.Request) -> web.Response:
        """Start a session and go on to where the visitor came from."""
        form = await read_form(request, LoginForm)
        about = {"next": safe_next(form.raw.get("next")), "changed": False}
        if form.value is None:
            return await form_page(request, "auth_email/login.html", about, form)
        response = see_other(safe_next(form.value.next))
        try:
            proven = await self._accounts.authenticate(form.value.login, form.value.password)
            await open_session(request, response, proven)
        except Problem as problem:
            form = refused(form, problem, "login")
            return await form_page(request, "auth_email/login.html", about, form, problem)
        return response

    async def logout(self, request: web.Request) -> web.Response:
        """End the session."""
        await read_form(request, NoFields)
        response = see_other("/")
        await sign_out(request, response)
        return response

    async def register_page(self, request: web.Request) -> web.Response:
        """Show the form, unless somebody is signed in already."""
        query = read_query(request, NextQuery)
        if viewer_of(request):
            return see_other(safe_next(query.next))
        return await form_page(request, "auth_email/register.html", self._about_registering(query.next))

    async def register(self, request: web.Request) -> web.Response:
        """Open an account and sign in; an address that has one already gets a mail, and this browser a neutral page."""
        form = await read_form(request, RegisterForm)
        words = (form.raw.get("handle", ""), form.raw.get("email", ""))
        form = with_errors(form, self._accounts.complaint_about(form.raw.get("password", ""), *words))
        about = self._about_registering(form.raw.get("next"))
        if form.value is None:
            return await form_page(request, "auth_email/register.html", about, form)
        new = form.value
        response = see_other(safe_next(new.next))
        try:
            opened = await self._accounts.register(new)
        except Problem as problem:
            form = refused(form, problem, "handle")
            return await form_page(request, "auth_email/register.html", about, form, problem)
        if opened is None:
            about = {"email": new.email, "sends_mail": self._sends_mail}
            return await render(request, "auth_email/check_mail.html", status=202, **about)
        await open_session(request, response, opened)
        return response

    def _about_registering(self, going_on: str | None) -> dict[str, object]:
        settings = self._accounts.settings
        return {
            "next": safe_next(going_on),
            "closed": settings.registration == "closed",
            "min_length": settings.password_min_length,
            "max_length": settings.password_max_length,
        }
