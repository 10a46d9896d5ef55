"""All pages and API routes of the plugin, and the links that lead to them."""

from core.api import LoginOption, Route, Services
from plugins.auth_email.accounts import Accounts
from plugins.auth_email.settings import AuthEmailSettings
from plugins.auth_email.views_account import AccountPages
from plugins.auth_email.views_api import AccountApi
from plugins.auth_email.views_entry import EntryPages
from plugins.auth_email.views_links import LinkPages


def all_routes(services: Services) -> list[Route]:
    """Return every route; they share one `Accounts`, and so one queue of passwords to hash."""
    accounts, sends_mail = Accounts(services), services.mailer is not None
    return [
        *EntryPages(accounts, sends_mail=sends_mail).routes(),
        *LinkPages(accounts, sends_mail=sends_mail).routes(),
        *AccountPages(accounts).routes(),
        *AccountApi(accounts).routes(),
    ]


def ways_in(settings: AuthEmailSettings) -> list[LoginOption]:
    """Return the links that strangers see at the top of each page."""
    register = LoginOption("Register", "auth_email.register", opens_account=True)
    return [LoginOption("Log in", "auth_email.login"), *([register] if settings.registration == "open" else [])]
