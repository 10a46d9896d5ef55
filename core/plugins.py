"""Find the plugins that settings.toml names, check what they implement, and register them in that order."""

import difflib
import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

import pluggy
from pydantic import BaseModel, ConfigDict

from core import hookspecs
from core.hooks import Hooks
from core.settings import CoreSettings

ENTRY_POINTS = "mutoscope.plugins"


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
        """The folder of the plugin's package."""
        return Path(inspect.getfile(self.module)).parent

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
    available = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
    names, extra = list(names), dict(extra or {})
    installed = [*available, *extra]
    plugins: list[Plugin] = []
    for name in names:
        _check_name(name, names, installed)
        try:
            plugins.append(Plugin(name, extra[name] if name in extra else available[name].load()))
        except ImportError as error:
            raise PluginError(
                f"plugin {name} cannot be imported: {error}. Install what it needs, or remove it."
            ) from error
    return Plugins(plugins, Hooks(_register(plugins)), installed)


def _check_name(name: str, names: Sequence[str], installed: Sequence[str]) -> None:
    if name in CoreSettings.model_fields:
        raise PluginError(f"plugin {name!r} has the name of a core setting; its package must declare another one.")
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
    return manager


def _explain(plugin: Plugin, error: pluggy.PluginValidationError, manager: pluggy.PluginManager) -> str:
    known = [name for name in vars(manager.hook) if not name.startswith("_")]
    for name in vars(plugin.module):
        if name not in known and f"{name!r}" in str(error):
            close = difflib.get_close_matches(name, known, n=1)
            return f"plugin {plugin.name} implements {name}(), which is no hook." + (
                f" Did you mean {close[0]}()?" if close else " See docs/hooks.md for those there are."
            )
    return f"plugin {plugin.name} does not fit its hook: {error.args[-1]}".replace("\n", " ")
