"""A plugin that does, on request, everything the HTTP layer has to cope with."""

from collections.abc import Iterable, Sequence

from aiohttp import web
from markupsafe import Markup

from core.api import ANYONE, SIGNED_IN, Fragment, JobKind, LoginOption, NavItem, Operation, Route, can, hookimpl
from core.models import Role, User
from tests.core.http.proving import views


@hookimpl
def permissions() -> dict[str, Role]:
    return {"proving.moderate": Role.MODERATOR}


@hookimpl
def nav_items() -> Iterable[NavItem]:
    return [
        NavItem("Everybody", "home", "proving.page"),
        NavItem("Moderators", "flag", "proving.moderate", permission="proving.moderate"),
    ]


@hookimpl
async def identify(request: web.Request) -> User | None:
    return await User.get_or_none(handle=request.headers.get("X-Handle", ""))


@hookimpl
async def is_allowed(user: User, action: str) -> bool | None:
    if isinstance(views.opinion, Exception):
        raise views.opinion
    return views.opinion


@hookimpl
async def login_options(request: web.Request) -> Sequence[LoginOption]:
    return [LoginOption("Log in", "proving.login")]


@hookimpl
async def page_slot(slot: str, request: web.Request, context: dict[str, object]) -> Fragment | None:
    if slot == "proving.slot":
        return Fragment(Markup("<i>first: {}</i>").format(context["word"]))
    return None


@hookimpl
def jobs() -> Iterable[JobKind]:
    return [JobKind("proving.slow", views.slow_job)]


@hookimpl
def routes() -> Iterable[Route]:
    described = Operation("Take a thing", "Proving", body=views.Thing, result=views.Thing)
    queried = Operation("Ask for a thing", "Proving", query=views.ThingQuery, result=views.Thing)
    bare = Operation("Take no parameters", "Proving", result=views.Thing)
    return [
        Route("GET", "/proving", views.page, ANYONE, "proving.page"),
        Route("GET", "/proving/broken", views.broken, ANYONE, "proving.broken"),
        Route("GET", "/proving/disconnected", views.disconnected, ANYONE, "proving.disconnected"),
        Route("GET", "/proving/elsewhere", views.elsewhere, ANYONE, "proving.elsewhere"),
        Route("GET", "/proving/cut", views.cut, ANYONE, "proving.cut", streams=True),
        Route("GET", "/proving/mistaken", views.members, ANYONE, "proving.mistaken"),
        Route("GET", "/proving/slow", views.slow, ANYONE, "proving.slow"),
        Route("GET", "/proving/unhurried", views.unhurried, ANYONE, "proving.unhurried", unhurried=True),
        Route("GET", "/proving/template/{name:[a-z]{1,20}}", views.template, ANYONE, "proving.template"),
        Route("POST", "/proving/form", views.form, ANYONE, "proving.form"),
        Route("GET", "/proving/login", views.page, ANYONE, "proving.login"),
        Route("POST", "/proving/login/{handle:[a-z]{3,30}}", views.login, ANYONE, "proving.log_in"),
        Route("POST", "/proving/logout", views.logout, SIGNED_IN, "proving.log_out"),
        Route("POST", "/proving/logout/others", views.logout_others, SIGNED_IN, "proving.log_out_others"),
        Route("GET", "/proving/members", views.members, SIGNED_IN, "proving.members"),
        Route("POST", "/proving/members", views.members, SIGNED_IN, "proving.members_post"),
        Route("GET", "/proving/moderate", views.members, can("proving.moderate"), "proving.moderate"),
        Route("POST", "/api/v1/proving/thing", views.thing, ANYONE, "proving.thing", described),
        Route("GET", "/api/v1/proving/thing", views.thing_query, ANYONE, "proving.thing_query", queried),
        Route("GET", "/api/v1/proving/bare", views.bare, ANYONE, "proving.bare", bare),
        Route("GET", "/api/v1/proving/broken", views.broken, ANYONE, "proving.api_broken"),
        Route("GET", "/api/v1/proving/members", views.members, SIGNED_IN, "proving.api_members"),
    ]
