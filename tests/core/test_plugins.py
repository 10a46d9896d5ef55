"""Whatever is wrong with a plugin is said at the start: whose fault it is, what is wrong, and what to change."""

import asyncio
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from core.plugins import ENTRY_POINTS, NoSettings, Plugin, PluginError, load_plugins
from plugins import catalog
from tests.plugin_modules import plugin_module


def complaint(*names: str, **extra: Any) -> str:
    """Load the plugins, which must fail, and return what the deployer reads."""
    with pytest.raises(PluginError) as caught:
        load_plugins(names, extra)
    return str(caught.value)


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> list[EntryPoint]:
    """Return a list that stands for what installed packages declare, in place of the real ones."""
    points: list[EntryPoint] = []
    monkeypatch.setattr("core.plugins._declared", lambda _: EntryPoints(points).select(group=ENTRY_POINTS))
    return points


def test_plugins_are_registered_in_the_order_of_settings() -> None:
    plugins = load_plugins(["studio", "catalog"])

    assert [plugin.name for plugin in plugins] == ["studio", "catalog"]
    assert [name for name, _ in plugins.hooks.collect("nav_items")] == ["studio", "catalog"]
    assert {"catalog", "studio", "storage_disk"} <= set(plugins.installed)


def test_unknown_plugin_is_named_with_the_one_that_was_meant() -> None:
    assert complaint("catalogue") == (
        "plugins in settings.toml names 'catalogue', which is not installed. Did you mean 'catalog'?"
    )


def test_unknown_plugin_like_no_other_is_named_with_those_there_are() -> None:
    text = complaint("zzz")

    assert "'zzz', which is not installed. Installed are: " in text
    assert "catalog, " in text


def test_plugin_listed_twice_is_refused() -> None:
    assert complaint("catalog", "studio", "catalog") == (
        "plugins lists 'catalog' more than once in settings.toml. Keep one."
    )


@pytest.mark.parametrize("name", ["site", "jobs", "core", "aerich"])
def test_plugin_cannot_take_a_name_of_the_core(name: str) -> None:
    assert complaint(name, **{name: plugin_module(name)}).startswith(
        f"plugin '{name}' has a name that the core keeps; its package must declare another one"
    )


def test_misspelt_hook_is_named_with_the_one_that_was_meant() -> None:
    def routs() -> list[object]:
        return []

    assert complaint("demo", demo=plugin_module("demo", routs)) == (
        "plugin demo implements routs(), which is no hook. Did you mean routes()?"
    )


def test_hook_like_no_other_points_at_the_documentation() -> None:
    def zzz() -> None: ...

    assert complaint("demo", demo=plugin_module("demo", zzz)) == (
        "plugin demo implements zzz(), which is no hook. See docs/hooks.md for those there are."
    )


def test_argument_the_hook_does_not_have_is_named_with_those_it_has() -> None:
    def routes(service: object) -> list[object]:
        return []

    def nav_items(request: object) -> list[object]:
        return []

    assert complaint("demo", demo=plugin_module("demo", routes)) == (
        "plugin demo: routes() takes service, but this hook may take services."
    )
    assert complaint("demo", demo=plugin_module("demo", nav_items)) == (
        "plugin demo: nav_items() takes request, but this hook takes nothing."
    )


def test_plain_function_cannot_implement_an_awaited_hook() -> None:
    def login_options() -> list[object]:
        return []

    assert complaint("demo", demo=plugin_module("demo", login_options)) == (
        "plugin demo: login_options() must be declared with `async def`."
    )


def test_coroutine_cannot_implement_a_hook_of_the_start() -> None:
    async def routes() -> list[object]:
        return []

    assert complaint("demo", demo=plugin_module("demo", routes)) == (
        "plugin demo: routes() must be declared with a plain `def`, without async."
    )


def test_other_misfit_is_explained_in_one_line() -> None:
    def routes() -> list[object]:
        return []

    module = plugin_module("demo", routes)
    routes.mutoscope_impl["wrapper"] = True  # type: ignore[attr-defined]  # what hookimpl(wrapper=True) leaves

    text = complaint("demo", demo=module)

    assert text.startswith("plugin demo does not fit its hook: ")
    assert "\n" not in text


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import no_such_library", "ModuleNotFoundError: No module named 'no_such_library'"),
        ("def broken(:", "SyntaxError: "),
        ("1 / 0", "ZeroDivisionError: division by zero"),
    ],
)
def test_plugin_that_cannot_be_imported_is_named_with_the_reason(
    declared: list[EntryPoint], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, said: str
) -> None:
    (tmp_path / "broken_plugin.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    declared.append(EntryPoint("broken", "broken_plugin", ENTRY_POINTS))

    text = complaint("broken")

    assert text.startswith(f"plugin broken cannot be imported: {said}")
    assert text.endswith("Install what it needs, or remove it.")


def test_two_packages_that_declare_one_plugin_are_both_named(declared: list[EntryPoint]) -> None:
    declared += [EntryPoint("follows", "plugins.follows", ENTRY_POINTS), EntryPoint("follows", "evil", ENTRY_POINTS)]

    assert complaint("follows") == (
        "plugin 'follows' is declared by several installed packages, as evil and plugins.follows. "
        "Uninstall all but one."
    )


def test_one_package_seen_twice_is_no_conflict(declared: list[EntryPoint]) -> None:
    declared += [EntryPoint("catalog", "plugins.catalog", ENTRY_POINTS)] * 2

    assert [plugin.module for plugin in load_plugins(["catalog"])] == [catalog]


def test_plugin_that_is_not_enabled_is_not_imported(declared: list[EntryPoint]) -> None:
    declared += [
        EntryPoint("catalog", "plugins.catalog", ENTRY_POINTS),
        EntryPoint("other", "there_is_no_such_module", ENTRY_POINTS),
    ]

    assert load_plugins(["catalog"]).installed == ("catalog", "other")


def test_folder_and_models_are_found_by_name(tmp_path: Path) -> None:
    module = plugin_module("demo")
    module.__path__ = [str(tmp_path)]
    assert (Plugin("demo", module).folder, Plugin("demo", module).models) == (tmp_path, None)

    (tmp_path / "models.py").touch()

    assert Plugin("demo", module).models == "demo.models"


def test_plugin_of_a_single_module_has_no_files() -> None:
    plugin = Plugin("demo", plugin_module("demo"))

    assert not plugin.folder.exists()
    assert plugin.models is None


def test_plugin_without_settings_takes_none() -> None:
    class DemoSettings(BaseModel): ...

    def settings_model() -> type[BaseModel]:
        return DemoSettings

    plugins = load_plugins(["a", "b"], {"a": plugin_module("a"), "b": plugin_module("b", settings_model)})

    assert plugins.settings_models() == {"a": NoSettings, "b": DemoSettings}


def test_hooks_of_two_sites_do_not_mix() -> None:
    joined: list[str] = []

    async def user_joined(user: str) -> None:
        joined.append(user)

    load_plugins(["demo"], {"demo": plugin_module("demo", user_joined)})
    other = load_plugins([]).hooks

    asyncio.run(other.announce("user_joined", user="ada"))

    assert joined == []
