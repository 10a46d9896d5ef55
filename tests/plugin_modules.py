"""Plugins made up by a test: a module with hook implementations, as `load_plugins` and `open_site` take it."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pluggy

from core import hookspecs
from core.api import hookimpl


def plugin_module(name: str, *implementations: Callable[..., Any]) -> ModuleType:
    """Return a module that implements the hooks its functions are named after, and has no folder."""
    module = ModuleType(name)
    for implementation in implementations:
        setattr(module, implementation.__name__, hookimpl(implementation))
    return module


def manager_of(*modules: ModuleType) -> pluggy.PluginManager:
    """Return a manager of the modules in this order, for a caller of hooks with a deadline of its own."""
    manager = pluggy.PluginManager("mutoscope")
    manager.add_hookspecs(hookspecs)
    for module in reversed(modules):
        manager.register(module, name=module.__name__)
    return manager
