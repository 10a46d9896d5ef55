"""The JSON API: sign in, sign out, read and change one's account."""

from aiohttp import web

from core.api import (
    ANYONE,
    SIGNED_IN,
    Operation,
    Route,
    json_response,
    read_json,
    sign_out,
    signed_in,
)
from core.models import User
from plugins.auth_email.accounts import Accounts, rename
from plugins.auth_email.forms import AccountView, Credentials, NameForm
from plugins.auth_email.pages import open_session

_SESSION, _ACCOUNT = "/api/v1/session", "/api/v1/account"


class AccountApi:
    """The same as the pages do, for programs."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def routes(self) -> list[Route]:
        """All of them."""
        sign_in = Operation(
            "Sign in; the answer sets the session's cookie", "Account", 204, body=Credentials, errors=(401, 403, 503)
        )
        return [
            Route("POST", _SESSION, self.sign_in, ANYONE, "auth_email.api_sign_in", sign_in),
            Route("DELETE", _SESSION, self.sign_out, SIGNED_IN, "auth_email.api_sign_out",
                  Operation("Sign out", "Account", 204)),
            Route("GET", _ACCOUNT, self.show, SIGNED_IN, "auth_email.api_account",
                  Operation("Read your account", "Account", result=AccountView)),
            Route("PATCH", _ACCOUNT, self.edit, SIGNED_IN, "auth_email.api_account_edit",
                  Operation("Change your account", "Account", body=NameForm, result=AccountView)),
        ]  # fmt: skip

    async def sign_in(self, request: web.Request) -> web.Response:
        """Start a session."""
        credentials = await read_json(request, Credentials)
        response = web.Response(status=204)
        proven = await self._accounts.authenticate(credentials.login, credentials.password)
        await open_session(request, response, proven)
        return response

    async def sign_out(self, request: web.Request) -> web.Response:
        """End the session."""
        response = web.Response(status=204)
        await sign_out(request, response)
        return response

    async def show(self, request: web.Request) -> web.Response:
        """Return the account."""
        return json_response(_view(signed_in(request)))

    async def edit(self, request: web.Request) -> web.Response:
        """Change the name others read."""
        user = signed_in(request)
        await rename(user, (await read_json(request, NameForm)).display_name)
        return json_response(_view(user))


def _view(user: User) -> AccountView:
    return AccountView(handle=user.handle, display_name=user.display_name, role=user.role.value, email=user.email)
