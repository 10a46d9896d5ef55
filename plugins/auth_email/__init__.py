"""Accounts with an e-mail address and a password."""

from collections.abc import Iterable, Sequence

from aiohttp import web

from core.api import Fragment, JobKind, LoginOption, Route, Services, hookimpl, services_of
from core.models import User
from plugins.auth_email import invitations, privacy, slots
from plugins.auth_email.mails import Mails
from plugins.auth_email.settings import AuthEmailSettings
from plugins.auth_email.views import all_routes, ways_in


@hookimpl
def settings_model() -> type[AuthEmailSettings]:
    return AuthEmailSettings


@hookimpl
def routes(services: Services) -> Iterable[Route]:
    return all_routes(services)


@hookimpl
def jobs(services: Services) -> Iterable[JobKind]:
    return Mails(services).kinds()


@hookimpl
async def login_options(request: web.Request) -> Sequence[LoginOption]:
    return ways_in(services_of(request).settings.plugin("auth_email", AuthEmailSettings))


@hookimpl
async def page_slot(slot: str, request: web.Request, context: dict[str, object]) -> Fragment | None:
    return await slots.fill(slot, request, context)


@hookimpl
async def startup_notices(services: Services) -> Sequence[str]:
    return await invitations.setup_notices(services)


@hookimpl
async def invite(user: User, services: Services) -> str:
    return await invitations.invitation(user, services)


@hookimpl
async def export_user(user: User) -> dict[str, object]:
    return await privacy.export(user)


@hookimpl
async def erase_user(user: User) -> None:
    await privacy.erase(user)
