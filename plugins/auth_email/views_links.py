"""The pages behind one-time links: a new password, a first password, the first administrator."""

from http import HTTPStatus

from aiohttp import web

from core.api import (
    ANYONE,
    Form,
    Problem,
    Route,
    not_found,
    read_form,
    read_query,
    render,
    see_other,
    services_of,
    url_of,
)
from plugins.auth_email.accounts import DEAD_LINK, Accounts, needs_administrator
from plugins.auth_email.forms import LinkQuery, NewPasswordForm, ResetForm, SetupForm
from plugins.auth_email.models import OneTimeToken, Purpose
from plugins.auth_email.pages import form_page, open_session, refused, with_errors
from plugins.auth_email.tokens import find

_COOKIE_SECONDS = 30 * 60
_PASSWORD_PATH, _SETUP_PATH = "/reset", "/setup"


class LinkPages:
    """A link's secret moves from the address into a cookie before any page is shown (A-11).

    So it is in no Referer, no history of the form, no screenshot; and the log never has queries. Opening a link changes
    nothing, because mail scanners open them too.
    """

    def __init__(self, accounts: Accounts, *, sends_mail: bool) -> None:
        self._accounts = accounts
        self._sends_mail = sends_mail

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("GET", "/reset", self.reset_page, ANYONE, "auth_email.reset"),
            Route("POST", "/reset", self.reset, ANYONE, "auth_email.reset_send"),
            Route("GET", "/reset/open", self.open_link, ANYONE, "auth_email.open_link"),
            Route("GET", "/reset/password", self.password_page, ANYONE, "auth_email.choose"),
            Route("POST", "/reset/password", self.password, ANYONE, "auth_email.choose_send"),
            Route("GET", "/setup", self.open_setup, ANYONE, "auth_email.open_setup"),
            Route("GET", "/setup/account", self.setup_page, ANYONE, "auth_email.setup"),
            Route("POST", "/setup/account", self.setup, ANYONE, "auth_email.setup_send"),
        ]

    async def reset_page(self, request: web.Request) -> web.Response:
        """Ask whose password it is."""
        return await form_page(request, "auth_email/reset.html", {"sends_mail": self._sends_mail})

    async def reset(self, request: web.Request) -> web.Response:
        """Mail a link to the owner, and say the same whether there is one or not."""
        if not self._sends_mail:
            raise Problem(503, "no_mailer", "This site sends no mail. Ask its operators for a link.")
        form = await read_form(request, ResetForm)
        if form.value is None:
            return await form_page(request, "auth_email/reset.html", {"sends_mail": True}, form)
        await self._accounts.ask_reset(form.value.login)
        minutes = self._accounts.settings.reset_minutes
        return await render(request, "auth_email/reset_sent.html", status=202, minutes=minutes)

    async def open_link(self, request: web.Request) -> web.Response:
        """Take the secret out of the address, and go on to the form."""
        secret = read_query(request, LinkQuery).token
        if await find(secret, Purpose.RESET, Purpose.INVITE) is None:
            return await self._dead(request)
        return _exchanged(request, secret, url_of(request, "auth_email.choose"), _PASSWORD_PATH)

    async def password_page(self, request: web.Request) -> web.Response:
        """Show the form for the new password."""
        token = await find(_cookie(request), Purpose.RESET, Purpose.INVITE)
        return await self._password_form(request, token) if token else await self._dead(request)

    async def password(self, request: web.Request) -> web.Response:
        """Set the password; the link is used up, all sessions end, and the log-in page waits."""
        token = await find(_cookie(request), Purpose.RESET, Purpose.INVITE)
        if token is None or token.user is None:
            return await self._dead(request)
        form = await read_form(request, NewPasswordForm)
        words = (token.user.handle, token.user.email or "")
        form = with_errors(form, self._accounts.complaint_about(form.raw.get("password", ""), *words))
        if form.value is None:
            return await self._password_form(request, token, form)
        try:
            await self._accounts.set_password(_cookie(request), form.value.password)
        except Problem as problem:
            if problem.code == "dead_link":
                return await self._dead(request)
            return await self._password_form(request, token, refused(form, problem, "password"), problem)
        # Not signed in by the link: whoever asks for more than a password at log-in is asked here too.
        return _without_cookie(request, see_other(url_of(request, "auth_email.login", changed=1)), _PASSWORD_PATH)

    async def open_setup(self, request: web.Request) -> web.Response:
        """Take the secret out of the address, and go on to the form."""
        secret = read_query(request, LinkQuery).token
        await _require_setup(secret)
        return _exchanged(request, secret, url_of(request, "auth_email.setup"), _SETUP_PATH)

    async def setup_page(self, request: web.Request) -> web.Response:
        """Show the form for the first administrator."""
        await _require_setup(_cookie(request))
        return await self._setup_form(request)

    async def setup(self, request: web.Request) -> web.Response:
        """Make the first administrator and sign in."""
        await _require_setup(_cookie(request))
        form = await read_form(request, SetupForm)
        words = (form.raw.get("handle", ""), form.raw.get("email", ""))
        form = with_errors(form, self._accounts.complaint_about(form.raw.get("password", ""), *words))
        if form.value is None:
            return await self._setup_form(request, form)
        try:
            opened = await self._accounts.set_up(_cookie(request), form.value)
        except Problem as problem:
            if problem.status == 404:
                raise
            return await self._setup_form(request, refused(form, problem, "handle"), problem)
        response = _without_cookie(request, see_other("/"), _SETUP_PATH)
        await open_session(request, response, opened)
        return response

    async def _password_form(
        self,
        request: web.Request,
        token: OneTimeToken,
        form: Form[NewPasswordForm] | None = None,
        problem: Problem | None = None,
    ) -> web.Response:
        first = token.purpose is Purpose.INVITE
        about = {"owner": token.user, "first": first, **self._lengths()}
        return _unkept(await form_page(request, "auth_email/password.html", about, form, problem))

    async def _setup_form(
        self, request: web.Request, form: Form[SetupForm] | None = None, problem: Problem | None = None
    ) -> web.Response:
        return _unkept(await form_page(request, "auth_email/setup.html", self._lengths(), form, problem))

    def _lengths(self) -> dict[str, object]:
        settings = self._accounts.settings
        return {"min_length": settings.password_min_length, "max_length": settings.password_max_length}

    async def _dead(self, request: web.Request) -> web.Response:
        response = await render(request, "auth_email/dead_link.html", status=400, sentence=DEAD_LINK)
        return _without_cookie(request, _unkept(response), _PASSWORD_PATH)


async def _require_setup(secret: str) -> None:
    if not await needs_administrator() or await find(secret, Purpose.SETUP) is None:
        raise not_found()


def _cookie_name(request: web.Request) -> str:
    # `__Host-` would need the path "/", and every request of the site would carry the secret.
    return "__Secure-mutoscope-link" if services_of(request).settings.https else "mutoscope-link"


def _cookie(request: web.Request) -> str:
    return request.cookies.get(_cookie_name(request), "")


def _exchanged(request: web.Request, secret: str, location: str, path: str) -> web.Response:
    response = _unkept(see_other(location))
    response.set_cookie(
        _cookie_name(request),
        secret,
        max_age=_COOKIE_SECONDS,
        path=path,
        httponly=True,
        secure=services_of(request).settings.https,
        samesite="Lax",  # Strict cookies are not sent when a mail program on the web led here
    )
    return response


def _without_cookie(request: web.Request, response: web.Response, path: str) -> web.Response:
    secure = services_of(request).settings.https
    response.del_cookie(_cookie_name(request), path=path, httponly=True, secure=secure, samesite="Lax")
    return response


def _unkept(response: web.Response) -> web.Response:
    response.headers["Cache-Control"] = "no-store"
    # A redirect away from a secret tells nobody where it came from. The page behind it has an address without one, and
    # says so to this site alone: under no-referrer browsers would send its form with `Origin: null`.
    response.headers["Referrer-Policy"] = "no-referrer" if response.status == HTTPStatus.SEE_OTHER else "same-origin"
    return response
