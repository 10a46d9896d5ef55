"""Verbs answer: what plugins say of a visitor, a page and a start, and whose answer counts."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from aiohttp import web
from click.testing import CliRunner
from markupsafe import Markup

from core import cli
from core.api import ANYONE, Fragment, LoginOption, Route, Services, find_by_email
from core.commands import opening
from core.models import Upload, User
from core.services import configure_from
from tests.fakes import storage_memory, transcoder_instant
from tests.hooks.site_with import UPLOAD, Opener
from tests.plugin_modules import plugin_module


async def test_hook_identify(site_with: Opener) -> None:
    async def identify(request: web.Request) -> User | None:
        return await find_by_email(request.headers["From"]) if "From" in request.headers else None

    async with site_with(identify) as site:
        await site.user("ada")
        await User.filter(handle="ada").update(suspended_at=None)
        client = await site.browser()
        sent = {"headers": {"From": "ada@example.org"}}

        assert (await client.get("/api/v1/uploads")).status == 401
        assert (await client.get("/api/v1/uploads", **sent)).status == 200
        await User.filter(handle="ada").update(suspended_at="2026-01-01T00:00:00Z")
        assert (await client.get("/api/v1/uploads", **sent)).status == 401


async def test_session_counts_before_what_plugins_identify(site_with: Opener) -> None:
    async def identify(request: web.Request) -> User | None:
        return await User.get(handle="eve")

    async with site_with(identify) as site:
        ada, eve = await site.user("ada"), await site.user("eve")
        for user, browser in ((ada, await site.browser(ada)), (eve, await site.browser())):
            await browser.api("POST", "/uploads", UPLOAD)
            assert await Upload.filter(owner_id=user.id).count() == 1


async def test_hook_page_slot(site_with: Opener) -> None:
    async def page_slot(slot: str, request: web.Request, context: dict[str, Any]) -> Fragment | None:
        if slot != "error.actions":
            return None
        return Fragment(Markup("<b>{} at {}</b>").format(context["problem"].code, request.path))

    async with site_with(page_slot) as site:
        page = await (await site.browser()).get("/nowhere")

    assert "<b>not_found at /nowhere</b>" in page.text


@pytest.mark.parametrize("answer", [None, "<script>no fragment</script>"])
async def test_page_renders_whatever_a_slot_answers(site_with: Opener, answer: str | None) -> None:
    async def page_slot() -> str:
        if answer is None:
            raise ZeroDivisionError
        return answer

    async with site_with(page_slot) as site:
        page = await (await site.browser()).get("/nowhere")

    assert (page.status, "no fragment" in page.text) == (404, False)


async def hello(request: web.Request) -> web.Response:
    """Greet."""
    return web.Response(text="hello")


async def test_hook_login_options(site_with: Opener) -> None:
    def routes() -> list[Route]:
        return [Route("GET", "/sign-in", hello, ANYONE, "demo.sign_in")]

    async def login_options(request: web.Request) -> Sequence[LoginOption]:
        return [LoginOption("Sign in with a smile", "demo.sign_in")]

    async with site_with(routes, login_options, built_in=["studio"]) as site:
        client = await site.browser()
        page, sent_away = await client.get("/nowhere"), await client.get("/studio?page=2")

    assert "Sign in with a smile" in page.text
    assert (sent_away.status, sent_away.headers["Location"]) == (303, "/sign-in?next=%2Fstudio%3Fpage%3D2")


def already_stopped() -> asyncio.Event:
    """Return what ends a server as soon as it has begun."""
    stopped = asyncio.Event()
    stopped.set()
    return stopped


@pytest.fixture
def command_line(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that runs `mutoscope` in this process, on a site of the fakes and a plugin `demo`."""

    def run(implementation: Any, *arguments: str) -> str:
        modules = {"storage_memory": storage_memory, "transcoder_instant": transcoder_instant}
        modules["demo"] = plugin_module("demo", implementation)
        raw = {"plugins": list(modules), "data_dir": str(tmp_path_factory.mktemp("data")), "server": {"port": 0}}
        monkeypatch.setattr(opening, "read_raw", lambda: raw)
        monkeypatch.setattr(opening, "configure_from", lambda settings: configure_from(settings, modules))
        monkeypatch.setattr(opening, "configure_logs", lambda _: None)
        monkeypatch.setattr(cli, "stop_signal", already_stopped)
        return CliRunner().invoke(cli.main, arguments, catch_exceptions=False).output

    return run


def test_hook_invite(command_line: Any) -> None:
    async def invite(user: User, services: Services) -> str:
        return services.urls.absolute(f"/welcome/{user.handle}")

    assert command_line(invite, "createuser", "ada", "ada@example.org", "--role", "admin") == (
        "Created admin @ada.\nFirst sign-in: http://127.0.0.1:8000/welcome/ada\n"
    )


def test_hook_startup_notices(command_line: Any) -> None:
    async def startup_notices(services: Services) -> Sequence[str]:
        return [f"{services.settings.core.site.name} is new.", "Open the set-up link."]

    said = command_line(startup_notices, "serve")

    assert "Mutoscope is at http://127.0.0.1:8000 (listening on 127.0.0.1:" in said
    assert "  Mutoscope is new.\n  Open the set-up link.\n  Stop with Ctrl+C." in said
