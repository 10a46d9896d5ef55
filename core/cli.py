"""The `mutoscope` command."""

import asyncio
import sys
from contextlib import AsyncExitStack
from importlib.metadata import version
from typing import Any

import click
from pydantic import ValidationError

from core.app import PortTaken, make_app, running_web, running_worker, stop_signal
from core.commands.opening import with_database, with_site
from core.commands.storage import checked_storage, storage
from core.commands.verify import verify
from core.database import DatabaseUnavailable
from core.hooks import ProviderError
from core.http.assets import AssetError
from core.http.bodies import field_errors
from core.http.routing import RouteConflict
from core.migration import MigrationError, make_migrations, pending, upgrade
from core.models import Role
from core.plugins import PluginError, Plugins
from core.problems import Problem
from core.services import Services, apps_of, configure
from core.settings import Settings, SettingsError
from core.storage import StorageError
from core.users import NewUser, create_user

_DEPLOYERS_MISTAKES = (
    SettingsError,
    PluginError,
    ProviderError,
    RouteConflict,
    AssetError,
    DatabaseUnavailable,
    MigrationError,
    PortTaken,
    StorageError,
)
EX_CONFIG = 78  # sysexits.h: something was found in an unconfigured or misconfigured state


class _Group(click.Group):
    """Commands that end in one readable message when the deployer has to change something; plugins add their own."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except _DEPLOYERS_MISTAKES as error:
            click.echo(f"mutoscope cannot start:\n{error}", err=True)
            sys.exit(EX_CONFIG)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        return super().get_command(context, name) or _plugin_commands().get(name)

    def list_commands(self, context: click.Context) -> list[str]:
        own = super().list_commands(context)
        try:
            return [*own, *_plugin_commands()]
        except _DEPLOYERS_MISTAKES as error:
            # Help must be there for whoever is about to mend the settings.
            click.echo(f"Commands of plugins are missing below:\n{error}\n", err=True)
            return own


def _plugin_commands() -> dict[str, click.Command]:
    settings, plugins = configure()
    found = plugins.hooks.collect("commands", settings=settings)
    return {
        name: click.Group(
            name, commands={command.name or "": command for command in commands}, help=f"Commands of {name}."
        )
        for name, commands in found
    }


@click.group(cls=_Group)
@click.version_option(version("mutoscope"), message="mutoscope %(version)s")
def main() -> None:
    """Run and keep a Mutoscope site. It reads settings.toml in the working directory."""


@main.command()
def serve() -> None:
    """Migrate, then serve the site, with a worker inside unless [jobs] embedded_worker is false."""

    async def work(services: Services) -> None:
        stopped = stop_signal()
        async with AsyncExitStack() as running:
            await running.enter_async_context(checked_storage(services))
            port = await running.enter_async_context(running_web(services))
            if services.settings.core.jobs.embedded_worker:
                await running.enter_async_context(running_worker(services))
            await _greet(services, port)
            await stopped.wait()
            services.stopping.set()  # /readyz turns red before anything else ends

    with_site(work)


async def _greet(services: Services, port: int) -> None:
    host = services.settings.core.server.host
    click.echo(
        f"\n  {services.settings.core.site.name} is at {services.settings.base_url} (listening on {host}:{port})"
    )
    async for notices in services.hooks.ask("startup_notices", services=services):
        for notice in notices:
            click.echo(f"  {notice}")
    click.echo("  Stop with Ctrl+C.\n")


@main.command()
@click.option("--concurrency", type=click.IntRange(1, 256), help="Jobs at once, instead of [jobs] concurrency.")
def worker(concurrency: int | None) -> None:
    """Run jobs only, for a site that `mutoscope serve` serves elsewhere."""

    async def work(services: Services) -> None:
        stopped = stop_signal()
        async with running_worker(services):
            click.echo(
                f"Worker for {services.settings.base_url}: {services.settings.core.jobs.concurrency} jobs at once."
            )
            await stopped.wait()

    with_site(work, jobs={"concurrency": concurrency} if concurrency else None)


@main.command()
def migrate() -> None:
    """Bring the database's tables up to date."""

    async def work(_: Settings, __: Plugins, database: Any) -> None:
        applied = await upgrade(database)
        click.echo("\n".join(f"applied {name}" for name in applied) or "Nothing to do: the tables are up to date.")

    with_database(work)


@main.command()
@click.option("-m", "--message", help="Names the files; the first changed table does otherwise.")
def makemigrations(message: str | None) -> None:
    """Write migration files for models that changed; for plugin authors."""
    _, plugins = configure()
    written = asyncio.run(make_migrations(apps_of(plugins), message))
    click.echo("\n".join(f"wrote {path}" for path in written) or "Nothing to do: the models have not changed.")


@main.command()
def check() -> None:
    """Check settings, plugins, providers and tables, and start nothing."""

    async def work(services: Services) -> None:
        make_app(services)
        services.worker()
        if missing := await pending(services.database):
            click.echo(f"Tables are not up to date ({', '.join(missing)}). Run `mutoscope migrate`.", err=True)
            sys.exit(1)
        names = ", ".join(plugin.name for plugin in services.plugins)
        click.echo(f"All is well. Plugins: {names}. Routes: {len(services.routes)}.")

    with_site(work, migrate=False)


@main.command()
@click.argument("handle")
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.VIEWER.value, show_default=True)
@click.option("--display-name", help="Shown instead of the handle.")
def createuser(handle: str, email: str, role: str, display_name: str | None) -> None:
    """Create a user, and print the one-time link with which they sign in first."""
    try:
        new = NewUser(handle=handle, email=email, display_name=display_name or handle, role=Role(role))
    except ValidationError as error:
        raise click.ClickException(
            "; ".join(f"{name}: {text}" for name, text in field_errors(error).items())
        ) from error

    async def work(services: Services) -> None:
        try:
            user = await create_user(handle=new.handle, email=new.email, display_name=new.display_name, role=new.role)
        except Problem as problem:
            raise click.ClickException(problem.detail) from problem
        click.echo(f"Created {user.role.value} @{user.handle}.")
        async for link in services.hooks.ask("invite", user=user, services=services):
            click.echo(f"First sign-in: {link}")
            break

    with_site(work)


main.add_command(storage)
main.add_command(verify)


@main.group()
def plugin() -> None:
    """Look at plugins."""


@plugin.command("list")
def list_plugins() -> None:
    """List installed plugins, and which are enabled."""
    _, plugins = configure()
    enabled = {found.name: found for found in plugins}
    for name in sorted({*plugins.installed, *enabled}):
        found = enabled.get(name)
        summary = (found.module.__doc__ or "").strip().splitlines()[:1] if found else []
        click.echo(f"{'on ' if found else 'off'}  {name:20} {''.join(summary)}")
