"""Every route of the whole site against every kind of caller: refused as declared, before it runs (Z-1, X-5)."""

import dataclasses
from collections.abc import AsyncIterator, Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest
from aiohttp import web

from core import app
from core.api import ANYONE, SIGNED_URL, Policy, Route, can, hookimpl
from core.http.guard import guarded
from core.http.routing import RouteConflict
from core.models import Role, User
from core.plugins import PluginError
from core.testing.sites import Browser, Site, open_site
from tests.conftest import EMBEDDED
from tests.fakes import storage_memory, transcoder_instant
from tests.routes import example_path

# Who may call what. A new route fails this test until somebody has thought about it and added it here.
ANYBODY = """
    core.video core.video_status core.video_events core.master core.storyboard core.playlist core.text_playlist
    core.static core.alive core.ready core.openapi core.api_reference
    auth_email.login auth_email.login_send auth_email.logout auth_email.register auth_email.register_send
    auth_email.reset auth_email.reset_send auth_email.open_link auth_email.choose auth_email.choose_send
    auth_email.open_setup auth_email.setup auth_email.setup_send auth_email.api_sign_in
    catalog.home catalog.watch catalog.channel catalog.api_videos catalog.api_channel
    captions.text captions.api_list
"""
SIGNED_IN_ONLY = """
    core.video_edit core.video_delete core.video_link core.video_retry core.video_original
    core.deleted_videos core.video_restore core.video_cancel core.video_keep core.video_processing
    auth_email.account auth_email.name auth_email.password auth_email.creator auth_email.sessions
    auth_email.api_sign_out auth_email.api_account auth_email.api_account_edit
    captions.api_put captions.api_delete
"""
CREATORS = """
    core.upload_create core.uploads core.upload core.upload_sign core.upload_complete core.upload_abort core.storage
    studio.videos studio.upload studio.edit studio.save studio.retry studio.delete studio.delete_confirmed
    studio.deleted studio.restore studio.erase studio.erase_confirmed studio.stop studio.keep studio.replace
    captions.page captions.upload captions.delete
"""
LINK_HOLDERS = "storage_memory.part storage_memory.object"

REACHED = 299
CALLERS = ["anonymous", "suspended", *Role]
ALLOWED: dict[str, Collection[str]] = {
    name: callers
    for names, callers in [
        (ANYBODY, CALLERS),
        (LINK_HOLDERS, CALLERS),
        (SIGNED_IN_ONLY, list(Role)),
        (CREATORS, [Role.CREATOR, Role.MODERATOR, Role.ADMIN]),
    ]
    for name in names.split()
}


@pytest.fixture
async def marked_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """The whole site, but whatever handler is reached answers 299."""

    async def reached(_: web.Request) -> web.Response:
        return web.Response(status=REACHED)

    monkeypatch.setattr(app, "guarded", lambda route: guarded(dataclasses.replace(route, handler=reached)))
    async with open_site(tmp_path / "data", EMBEDDED) as site:
        yield site


async def browser_of(site: Site, caller: str) -> Browser:
    if caller == "anonymous":
        return await site.browser()
    user = await site.user("eve", Role.ADMIN if caller == "suspended" else Role(caller))
    browser = await site.browser(user)
    if caller == "suspended":
        await User.filter(id=user.id).update(suspended_at=datetime.now(UTC))
    return browser


async def test_every_route_is_in_the_table(marked_site: Site) -> None:
    assert {route.name for route in marked_site.services.routes} == set(ALLOWED)


@pytest.mark.parametrize("caller", CALLERS)
async def test_caller_reaches_what_the_table_says_and_nothing_else_z_1(marked_site: Site, caller: str) -> None:
    browser = await browser_of(marked_site, caller)
    known = caller not in ("anonymous", "suspended")
    for route in marked_site.services.routes:
        for method in ["GET", "HEAD"] if route.method == "GET" else [route.method]:
            async with browser.request(method, example_path(route), headers={"Accept": "application/json"}) as answer:
                refused = 403 if known else 401
                assert answer.status == (REACHED if caller in ALLOWED[route.name] else refused), (route.name, method)


async def test_only_signed_urls_ignore_the_session(marked_site: Site) -> None:
    without = {route.name for route in marked_site.services.routes if not route.policy.session}
    assert without == set(LINK_HOLDERS.split())
    assert {route.policy for route in marked_site.services.routes if route.name in without} == {SIGNED_URL}


async def nobody(request: web.Request) -> web.Response:
    return web.Response()


def plugin_with(folder: Path, *routes: Route) -> ModuleType:
    """Return a plugin that has these routes."""
    module = ModuleType("bad")
    module.__file__ = str(folder / "bad.py")

    def declared() -> Iterable[Route]:
        return iter(routes)

    module.routes = hookimpl(declared, specname="routes")  # type: ignore[attr-defined]
    return module


BAD_ROUTES = {
    "no policy": (Route("GET", "/a", nobody, None, "bad.a"), "bad: bad.a has no policy"),  # type: ignore[arg-type]
    "policy in words": (Route("GET", "/a", nobody, "anyone", "bad.a"), "bad: bad.a has no policy"),  # type: ignore[arg-type]
    "no pattern": (Route("GET", "/a/{id}", nobody, ANYONE, "bad.a"), "bad: bad.a takes id without a pattern"),
    "one pattern of two": (Route("GET", "/{a:[a-z]{3}}/{b}", nobody, ANYONE, "bad.a"), "bad.a takes b without"),
    "unknown permission": (Route("GET", "/a", nobody, can("video.uplaod"), "bad.a"), "'video.uplaod', which nobody"),
}


@pytest.mark.parametrize("name", BAD_ROUTES)
async def test_route_that_is_not_guarded_keeps_the_site_from_starting_x_5(tmp_path: Path, name: str) -> None:
    route, complaint = BAD_ROUTES[name]
    bad = plugin_with(tmp_path, route)
    plugins = {"storage_memory": storage_memory, "transcoder_instant": transcoder_instant, "bad": bad}
    with pytest.raises(PluginError, match=complaint):
        async with open_site(tmp_path / "data", plugins):
            pytest.fail("the site started")


async def test_policy_cannot_be_left_out() -> None:
    with pytest.raises(TypeError, match="policy"):
        Route("GET", "/a", nobody, name="bad.a")  # type: ignore[call-arg]


TAKEN = {
    "name": Route("GET", "/elsewhere", nobody, ANYONE, "core.alive"),
    "path": Route("GET", "/healthz", nobody, ANYONE, "bad.health"),
}


@pytest.mark.parametrize("name", TAKEN)
async def test_route_that_is_taken_keeps_the_site_from_starting(tmp_path: Path, name: str) -> None:
    bad = plugin_with(tmp_path, TAKEN[name])
    plugins = {"storage_memory": storage_memory, "transcoder_instant": transcoder_instant, "bad": bad}
    with pytest.raises(RouteConflict, match=r"core\.alive .*/healthz"):
        async with open_site(tmp_path / "data", plugins):
            pytest.fail("the site started")


async def test_policies_say_what_they_ask_for() -> None:
    policies = [ANYONE, SIGNED_URL, can("video.upload"), Policy("somebody", signed_in=True)]
    assert len({policy.summary for policy in policies}) == 4
