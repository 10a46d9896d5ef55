"""Nouns contribute: what plugins return at the start is there from then on."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
import pytest
from aiohttp import web
from click.testing import CliRunner
from pydantic import BaseModel, ConfigDict

from core import cli
from core.api import ANYONE, SIGNED_IN, JobContext, JobKind, NavItem, Route, Services, Settings, can
from core.models import Role
from core.plugins import PluginError
from core.services import configure_from
from core.settings import SettingsError
from tests.hooks.site_with import Opener
from tests.plugin_modules import plugin_module


async def hello(request: web.Request) -> web.Response:
    """Greet."""
    return web.Response(text="hello")


def nav_of(permission: str | None = None) -> Any:
    """Return a hook that adds an entry for the route `demo.hello`."""

    def nav_items() -> Iterable[NavItem]:
        return [NavItem("Say hello", "film", "demo.hello", permission=permission)]

    return nav_items


def routes() -> Iterable[Route]:
    """Add a page for anybody and one for users."""
    return [
        Route("GET", "/hello", hello, ANYONE, "demo.hello"),
        Route("GET", "/hello/users", hello, SIGNED_IN, "demo.users"),
    ]


async def test_hook_settings_model(site_with: Opener) -> None:
    class DemoSettings(BaseModel):
        model_config = ConfigDict(frozen=True, extra="forbid")

        colour: str = "blue"

    def settings_model() -> type[BaseModel]:
        return DemoSettings

    async with site_with(settings_model, demo={"colour": "red"}) as site:
        assert site.services.settings.plugin("demo", DemoSettings).colour == "red"

    with pytest.raises(SettingsError, match=r"demo\.color: unknown setting; did you mean 'colour'\?"):
        async with site_with(settings_model, demo={"color": "red"}):
            pass


async def test_hook_routes(site_with: Opener) -> None:
    async with site_with(routes) as site:
        stranger, user = await site.browser(), await site.browser(await site.user())

        assert (await stranger.get("/hello")).text == "hello"
        assert (await stranger.get("/hello/users")).status == 401
        assert (await user.get("/hello/users")).text == "hello"
        assert site.services.urls.path("demo.hello", page=2) == "/hello?page=2"


async def test_hook_permissions(site_with: Opener) -> None:
    def permissions() -> dict[str, Role]:
        return {"demo.greet": Role.MODERATOR}

    def routes() -> Iterable[Route]:
        return [Route("GET", "/hello", hello, can("demo.greet"), "demo.hello")]

    async with site_with(permissions, routes) as site:
        creator = await site.browser(await site.user("ada", Role.CREATOR))
        moderator = await site.browser(await site.user("grace", Role.MODERATOR))

        assert (await creator.get("/hello")).status == 403
        assert (await moderator.get("/hello")).status == 200


async def test_permission_has_one_least_role(site_with: Opener) -> None:
    def permissions() -> dict[str, Role]:
        return {"video.upload": Role.ADMIN}

    with pytest.raises(PluginError, match=r"plugin demo gives video\.upload to admin, but it belongs to creator"):
        async with site_with(permissions):
            pass


def test_hook_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def commands(settings: Settings) -> Iterable[click.Command]:
        @click.command()
        def greet() -> None:
            """Greet whoever runs this."""
            click.echo(f"hello from {settings.core.site.name}")

        return [greet]

    raw = {"plugins": ["demo"], "data_dir": str(tmp_path), "site": {"name": "Reel"}}
    module = plugin_module("demo", commands)
    monkeypatch.setattr(cli, "configure", lambda: configure_from(raw, {"demo": module}))

    assert "Commands of demo." in CliRunner().invoke(cli.main, ["--help"]).output
    assert CliRunner().invoke(cli.main, ["demo", "greet"]).output == "hello from Reel\n"


async def test_hook_nav_items(site_with: Opener) -> None:
    async with site_with(nav_of(), routes) as site:
        page = await (await site.browser()).get("/nowhere")

    assert 'href="/hello"' in page.text
    assert "Say hello" in page.text


async def test_nav_item_is_shown_to_whoever_has_its_permission(site_with: Opener) -> None:
    async with site_with(nav_of("video.upload"), routes) as site:
        viewer = await site.browser(await site.user("vera", Role.VIEWER))
        creator = await site.browser(await site.user("ada", Role.CREATOR))

        assert "Say hello" not in (await viewer.get("/nowhere")).text
        assert "Say hello" in (await creator.get("/nowhere")).text


async def test_permission_that_nobody_declares_is_refused_at_the_start(site_with: Opener) -> None:
    def routes() -> Iterable[Route]:
        return [Route("GET", "/hello", hello, can("demo.great"), "demo.hello")]

    with pytest.raises(PluginError, match=r"plugin demo: .*demo\.great"):
        async with site_with(routes):
            pass


@pytest.mark.parametrize("permission", ["demo.great", None])
async def test_nav_item_that_leads_nowhere_is_refused_at_the_start(site_with: Opener, permission: str | None) -> None:
    hooks = [nav_of(permission), *([routes] if permission else [])]

    with pytest.raises(
        PluginError, match=r"plugin demo: nav item 'Say hello' (leads to 'demo\.hello'|asks for 'demo\.g)"
    ):
        async with site_with(*hooks):
            pass


async def test_hook_jobs(site_with: Opener) -> None:
    ran: list[object] = []

    def jobs(services: Services) -> Iterable[JobKind]:
        async def greet(context: JobContext) -> None:
            ran.append((context.job.payload["whom"], services.settings.core.site.name))

        return [JobKind("demo.greet", greet)]

    async with site_with(jobs) as site:
        async with site.services.jobs.transaction() as work:
            await work.enqueue("demo.greet", {"whom": "ada"})
        await site.work()

    assert ran == [("ada", "Mutoscope")]


async def test_two_kinds_of_job_cannot_share_a_name(site_with: Opener) -> None:
    async def run(context: JobContext) -> None: ...

    def jobs() -> Iterable[JobKind]:
        return [JobKind("videos.probe", run)]

    async with site_with(jobs) as site:
        with pytest.raises(PluginError, match=r"two kinds of job are named 'videos\.probe'"):
            site.services.worker()
