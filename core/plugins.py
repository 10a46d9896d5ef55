"""Find the plugins that settings.toml names, check what they implement, and register them in that order."""

import difflib
import inspect
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

import pluggy
from pydantic import BaseModel, ConfigDict

from core import hookspecs
from core.hooks import Hooks
from core.settings import CoreSettings

ENTRY_POINTS = "mutoscope.plugins"
# Settings tables and Tortoise apps that are there already.
_TAKEN = frozenset({*CoreSettings.model_fields, "core", "aerich"})


class PluginError(Exception):
    """A plugin cannot be used; the message names it, says why, and what to change."""


class NoSettings(BaseModel):
    """The settings of a plugin that has none."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class Plugin:
    """One enabled plugin. Its templates, static files, models and migrations are found in its folder by name."""

    name: str
    module: ModuleType

    @property
    def folder(self) -> Path:
        """The folder of the plugin's package; a plugin of a single module has none, and the path leads nowhere."""
        paths = getattr(self.module, "__path__", None)
        return Path(paths[0]) if paths else Path(os.devnull, self.name)

    @property
    def models(self) -> str | None:
        """The dotted name of its models module, if it has one."""
        return f"{self.module.__name__}.models" if (self.folder / "models.py").exists() else None

    def settings_model(self) -> type[BaseModel]:
        """The model of its settings table."""
        declared = getattr(self.module, "settings_model", None)
        return declared() if declared else NoSettings


class Plugins:
    """The enabled plugins in settings order, with the hooks they implement."""

    def __init__(self, plugins: Sequence[Plugin], hooks: Hooks, installed: Sequence[str]) -> None:
        self._plugins = tuple(plugins)
        self.hooks = hooks
        self.installed = tuple(installed)

    def __iter__(self) -> Iterator[Plugin]:
        return iter(self._plugins)

    def settings_models(self) -> dict[str, type[BaseModel]]:
        """The settings model of each plugin, by name."""
        return {plugin.name: plugin.settings_model() for plugin in self._plugins}


def load_plugins(names: Iterable[str], extra: Mapping[str, ModuleType] | None = None) -> Plugins:
    """Import and check the named plugins; `extra` are modules that no entry point names, as tests have them.

    Raises PluginError for an unknown, doubled or broken plugin, and for an implementation that no hook fits.
    """
    available = _declared(tuple(sys.path))
    names, extra = list(names), dict(extra or {})
    installed = [*dict.fromkeys(point.name for point in available), *extra]
    plugins: list[Plugin] = []
    for name in names:
        _check_name(name, names, installed)
        plugins.append(Plugin(name, extra[name] if name in extra else _import(name, available)))
    return Plugins(plugins, Hooks(_register(plugins)), installed)


@cache
def _declared(_: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    """Read what every installed distribution declares, once for a search path: nothing is installed meanwhile."""
    return tuple(entry_points(group=ENTRY_POINTS))


def _import(name: str, available: Iterable[EntryPoint]) -> ModuleType:
    declared = {point.value: point for point in available if point.name == name}
    if len(declared) > 1:
        raise PluginError(
            f"plugin {name!r} is declared by several installed packages, as {' and '.join(sorted(declared))}. "
            "Uninstall all but one."
        )
    (point,) = declared.values()
    try:
        module: ModuleType = point.load()
    except Exception as error:  # a broken module can raise anything; whatever it is, the deployer has to know whose
        raise PluginError(
            f"plugin {name} cannot be imported: {type(error).__name__}: {error}. Install what it needs, or remove it."
        ) from error
    return module


def _check_name(name: str, names: Sequence[str], installed: Sequence[str]) -> None:
    if name in _TAKEN:
        raise PluginError(f"plugin {name!r} has a name that the core keeps; its package must declare another one.")
    if names.count(name) > 1:
        raise PluginError(f"plugins lists {name!r} more than once in settings.toml. Keep one.")
    if name not in installed:
        close = difflib.get_close_matches(name, installed, n=1)
        hint = f"Did you mean {close[0]!r}?" if close else f"Installed are: {', '.join(sorted(installed))}."
        raise PluginError(f"plugins in settings.toml names {name!r}, which is not installed. {hint}")


def _register(plugins: Sequence[Plugin]) -> pluggy.PluginManager:
    manager = pluggy.PluginManager("mutoscope")
    manager.add_hookspecs(hookspecs)
    # pluggy calls the last registered first; registering in reverse keeps the order of settings.toml.
    for plugin in reversed(plugins):
        try:
            manager.register(plugin.module, name=plugin.name)
            manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise PluginError(_explain(plugin, error, manager)) from error
        _check_style(plugin, manager)
    return manager


def _check_style(plugin: Plugin, manager: pluggy.PluginManager) -> None:
    """Refuse a plain `def` where the hook is awaited: it would stop every request; and the other way round."""
    for caller in manager.get_hookcallers(plugin.module) or []:
        awaited = inspect.iscoroutinefunction(getattr(hookspecs, caller.name))
        mine = [found for found in caller.get_hookimpls() if found.plugin is plugin.module]
        if any(inspect.iscoroutinefunction(found.function) != awaited for found in mine):
            wanted = "`async def`" if awaited else "a plain `def`, without async"
            raise PluginError(f"plugin {plugin.name}: {caller.name}() must be declared with {wanted}.")


def _explain(plugin: Plugin, error: pluggy.PluginValidationError, manager: pluggy.PluginManager) -> str:
    known = [name for name in vars(hookspecs) if manager.parse_hookspec_opts(hookspecs, name) is not None]
    for name in vars(plugin.module):
        if manager.parse_hookimpl_opts(plugin.module, name) is None:
            continue
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            return f"plugin {plugin.name} implements {name}(), which is no hook." + (
                f" Did you mean {close[0]}()?" if close else " See docs/hooks.md for those there are."
            )
        may_take = list(inspect.signature(getattr(hookspecs, name)).parameters)
        takes = inspect.signature(getattr(plugin.module, name)).parameters
        if unknown := [argument for argument in takes if argument not in may_take]:
            allowed = f"may take {', '.join(may_take)}" if may_take else "takes nothing"
            return f"plugin {plugin.name}: {name}() takes {', '.join(unknown)}, but this hook {allowed}."
    return f"plugin {plugin.name} does not fit its hook: {error.args[-1]}".replace("\n", " ")
