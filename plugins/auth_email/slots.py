"""What the accounts put on pages of others."""

from http import HTTPStatus

from aiohttp import web

from core.api import Fragment, Problem, render_fragment, services_of, viewer_of
from plugins.auth_email.accounts import may_become_creator
from plugins.auth_email.settings import AuthEmailSettings


async def fill(slot: str, request: web.Request, context: dict[str, object]) -> Fragment | None:
    """Return the account's menu, or, where a viewer was refused, the way to become a creator."""
    if slot == "account.menu":
        return await render_fragment(request, "auth_email/menu.html")
    if slot != "error.actions":
        return None
    problem, viewer = context["problem"], viewer_of(request)
    settings = services_of(request).settings.plugin("auth_email", AuthEmailSettings)
    refused = isinstance(problem, Problem) and problem.status == HTTPStatus.FORBIDDEN
    if not refused or viewer is None or not may_become_creator(viewer, settings):
        return None
    return await render_fragment(request, "auth_email/become_creator.html")
