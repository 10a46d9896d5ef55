"""Everything a request or a job needs, opened in order and closed in reverse."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from taskiq import AsyncBroker

from core.database import App, Database, open_database
from core.hooks import Hooks
from core.http.assets import Assets
from core.http.authorization import Authorizer
from core.http.core_routes import core_routes
from core.http.openapi import Reference, openapi_document
from core.http.routing import Route, check_routes, complaint_about
from core.http.urls import Urls
from core.jobs import JobKind, JobQueue, Worker
from core.jobs.bell import LocalBroker, TaskiqBell
from core.mail import Mailer
from core.migration import check_schema_is_known, upgrade
from core.plugins import PluginError, Plugins, load_plugins
from core.settings import Settings, SettingsError, read_raw, validate_core, validate_plugins
from core.signing import Signer
from core.storage import Storage, Storages
from core.storage_moves import StorageMoves
from core.storage_opening import open_storages, require_storages_of_rows
from core.templates import Templates
from core.transcoding import Transcoder
from core.videos.access import Gate
from core.videos.keeping import Keeping
from core.videos.originals import Originals
from core.videos.process import Processing

CORE = Path(__file__).parent
THEMES = CORE.parent / "themes"


@dataclass(slots=True)
class Services:
    """The running site."""

    settings: Settings
    plugins: Plugins
    signer: Signer
    database: Database
    storages: Storages
    transcoder: Transcoder
    mailer: Mailer | None
    broker: AsyncBroker
    bell: TaskiqBell
    jobs: JobQueue
    authorizer: Authorizer
    assets: Assets
    templates: Templates
    urls: Urls
    gate: Gate = field(default_factory=Gate)
    originals: Originals = field(default_factory=Originals)
    routes: list[Route] = field(default_factory=list)
    reference: Reference = field(default_factory=Reference)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the site begins to stop, so that streams end themselves."""

    @property
    def storage(self) -> Storage:
        """The storage that takes new objects. What a row is about lies in `storages[row.storage]`."""
        return self.storages.primary

    @property
    def hooks(self) -> Hooks:
        """The plugins' hooks."""
        return self.plugins.hooks

    def worker(self) -> Worker:
        """Return a worker for every kind of job there is. Raises PluginError when two share a name."""
        kinds: dict[str, JobKind] = {}
        own = [*Processing(self).kinds(), *Keeping(self).kinds(), *StorageMoves(self).kinds()]
        theirs = [kind for _, found in self.hooks.collect("jobs", services=self) for kind in found]
        for kind in [*own, *theirs]:
            if kinds.setdefault(kind.name, kind) is not kind:
                raise PluginError(f"two kinds of job are named {kind.name!r}; name a plugin's own <plugin>.<what>.")
        return Worker(kinds.values(), self.jobs, self.settings.core.jobs)


def configure(path: Path | None = None, extra: Mapping[str, ModuleType] | None = None) -> tuple[Settings, Plugins]:
    """Read and check everything a deployer wrote. Raises SettingsError or PluginError; nothing has been opened yet."""
    return configure_from(read_raw(path), extra)


def configure_from(raw: Mapping[str, Any], extra: Mapping[str, ModuleType] | None = None) -> tuple[Settings, Plugins]:
    """Check settings that are already in hand; `extra` are plugin modules that no entry point names."""
    core = validate_core(raw)
    plugins = load_plugins(core.plugins, extra)
    themes = _themes()
    if core.theme not in themes:
        raise SettingsError(f"theme = {core.theme!r} is not installed. Installed are: {', '.join(sorted(themes))}.")
    return Settings(core, validate_plugins(raw, plugins.settings_models(), plugins.installed)), plugins


def apps_of(plugins: Plugins) -> list[App]:
    """Return the Tortoise apps: the core's, then each plugin's that has models."""
    own = [App(plugin.name, plugin.models, plugin.folder / "migrations") for plugin in plugins if plugin.models]
    return [App("core", "core.models", CORE / "migrations"), *own]


@asynccontextmanager
async def open_services(settings: Settings, plugins: Plugins, *, migrate: bool = True) -> AsyncIterator[Services]:
    """Open database, providers and everything else of a site. Raises what the deployer has to act on, at once."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    hooks, signer = plugins.hooks, Signer(settings.signing_secrets())
    async with AsyncExitStack() as stack:
        apps = apps_of(plugins)
        database = await stack.enter_async_context(open_database(settings.database_url, apps))
        await check_schema_is_known(database)
        if migrate:
            await upgrade(database)
        broker = hooks.optional_provider("task_broker", settings=settings) or LocalBroker(
            settings.core.jobs.concurrency
        )
        bell = TaskiqBell(broker)
        services = Services(
            settings=settings,
            plugins=plugins,
            signer=signer,
            database=database,
            storages=await open_storages(stack, hooks, settings, signer),
            transcoder=await stack.enter_async_context(hooks.provider("transcoder", settings=settings)),
            mailer=await _enter(stack, hooks.optional_provider("mailer", settings=settings)),
            broker=broker,
            bell=bell,
            jobs=JobQueue(bell),
            authorizer=Authorizer(hooks),
            assets=Assets(_static_folders(settings, plugins)),
            templates=_templates(settings, plugins),
            urls=Urls(settings.base_url),
        )
        stack.push_async_callback(services.originals.close)
        if migrate:
            await require_storages_of_rows(services.storages)
        _add_routes(services)  # workers and commands build links too
        await broker.startup()
        stack.push_async_callback(broker.shutdown)
        yield services


async def _enter(stack: AsyncExitStack, provider: Any) -> Any:
    return await stack.enter_async_context(provider) if provider is not None else None


def _add_routes(services: Services) -> None:
    """Collect every route, make them known by name, and describe them. Raises PluginError or RouteConflict."""
    theirs: list[Route] = []
    for plugin, routes in services.hooks.collect("routes", services=services):
        for route in (declared := list(routes)):
            if complaint := complaint_about(route, services.authorizer.permissions):
                raise PluginError(f"plugin {plugin}: {complaint}")
        theirs += declared
    services.routes = [*core_routes(), *services.assets.routes(), *services.reference.routes(), *theirs]
    check_routes(services.routes)
    services.urls.add(services.routes)
    _check_navigation(services)
    site = services.settings.core.site.name
    services.reference.build = partial(openapi_document, services.routes, title=site, server=services.settings.base_url)


def _check_navigation(services: Services) -> None:
    """Refuse an entry that leads nowhere: otherwise every page would fail."""
    for plugin, items in services.hooks.collect("nav_items"):
        for item in items:
            if not services.urls.knows(item.route):
                raise PluginError(
                    f"plugin {plugin}: nav item {item.label!r} leads to {item.route!r}, which is no route."
                )
            if item.permission is not None and item.permission not in services.authorizer.permissions:
                raise PluginError(
                    f"plugin {plugin}: nav item {item.label!r} asks for {item.permission!r}, which no "
                    "plugin declares with permissions()."
                )


def _themes() -> dict[str, Path]:
    """Return the folder of every theme: those that come along, and those in `themes/` where the site is started."""
    roots = [THEMES, Path("themes").resolve()]
    return {file.parent.name: file.parent for root in roots for file in root.glob("*/theme.toml")}


def _theme_folders(settings: Settings) -> list[Path]:
    # Every theme stands on the default one: what it does not replace still looks right.
    themes = _themes()
    return [themes[name] for name in dict.fromkeys((settings.core.theme, "default"))]


def _static_folders(settings: Settings, plugins: Plugins) -> list[tuple[str, Path]]:
    folders = [("theme", theme / "static") for theme in _theme_folders(settings)]
    folders += [(plugin.name, plugin.folder / "static") for plugin in plugins]
    return [*folders, ("core", CORE / "static")]


def _templates(settings: Settings, plugins: Plugins) -> Templates:
    themes = [theme / "templates" for theme in _theme_folders(settings)]
    return Templates(themes, {plugin.name: plugin.folder / "templates" for plugin in plugins}, CORE / "templates")
