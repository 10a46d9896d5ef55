"""The links that the operator hands out: for the first administrator, and for users made on the command line."""

from datetime import timedelta

from core.api import Services
from core.models import User
from plugins.auth_email.accounts import needs_administrator
from plugins.auth_email.models import Purpose
from plugins.auth_email.settings import AuthEmailSettings
from plugins.auth_email.tokens import issue


async def invitation(user: User, services: Services) -> str:
    """Return a new link with which the user chooses a first password."""
    life = timedelta(hours=_settings(services).invite_hours)
    return _link(services, "auth_email.open_link", await issue(Purpose.INVITE, user, life))


async def setup_notices(services: Services) -> list[str]:
    """Return how the first administrator is made, with a new link, while there is none."""
    if not await needs_administrator():
        return []
    minutes = _settings(services).setup_minutes
    link = _link(services, "auth_email.open_setup", await issue(Purpose.SETUP, None, timedelta(minutes=minutes)))
    return [f"Make the first administrator here, once, within {minutes} minutes:", f"  {link}"]


def _settings(services: Services) -> AuthEmailSettings:
    return services.settings.plugin("auth_email", AuthEmailSettings)


def _link(services: Services, route: str, secret: str) -> str:
    return services.urls.absolute(services.urls.path(route, token=secret))
