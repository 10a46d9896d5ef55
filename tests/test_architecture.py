"""The rules of DESIGN.md, read from the source: no list of exceptions, because there are none."""

import ast
import re
import sys
import tomllib
import warnings
from functools import cache
from pathlib import Path

import pytest

from core import hookspecs
from tests.tree import ROOT, SOURCES, files, functions, imports, length, tree_of, where

PLUGINS = [path.parent for path in files("plugins", ending="__init__.py") if path.parent.parent.name == "plugins"]
HOOKS = [
    node for node in tree_of(Path(hookspecs.__file__)).body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
]
OPEN_TO_PLUGINS = ("core.api", "core.models", "core.testing")


def inside(module: str, *packages: str) -> bool:
    """Tell whether a module is one of the packages or lies in one."""
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def test_core_imports_neither_plugins_nor_themes() -> None:
    wrong = [
        f"{where(path, 1)} imports {module}"
        for path in files("core")
        for module in imports(path)
        if inside(module, "plugins", "themes", "tests", "bench")
    ]
    assert wrong == []


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda path: path.name)
def test_plugin_imports_the_cores_api_and_itself_only(plugin: Path) -> None:
    wrong = []
    for path in files(f"plugins/{plugin.name}"):
        for module in set(imports(path)):
            foreign = inside(module, "core", "plugins", "themes", "tests", "bench")
            # `from core import api` names the package first; what counts is what is taken from it.
            parent = any(inside(allowed, module) for allowed in (*OPEN_TO_PLUGINS, f"plugins.{plugin.name}"))
            if foreign and not parent and not inside(module, *OPEN_TO_PLUGINS, f"plugins.{plugin.name}"):
                wrong.append(f"{where(path, 1)} imports {module}")
    assert wrong == []


def test_tests_reach_plugins_through_their_own_folder_only() -> None:
    wrong = [
        f"{where(path, 1)} imports {module}"
        for path in files("tests/plugins")
        for module in imports(path)
        if inside(module, "plugins") and module != "plugins" and module.split(".")[1] != path.relative_to(ROOT).parts[2]
    ]
    assert wrong == []


def test_no_module_is_named_like_a_standard_one() -> None:
    top_level = [ROOT / folder for folder in (*SOURCES, "tests", "bench")]
    modules = [path for path in files(*SOURCES, "tests", "bench") if path.name not in ("__init__.py", "__main__.py")]
    wrong = [str(path.relative_to(ROOT)) for path in (*top_level, *modules) if path.stem in sys.stdlib_module_names]
    assert wrong == []


def test_no_module_is_named_after_nothing() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "base", "misc"}

    assert [str(path.relative_to(ROOT)) for path in files(*SOURCES, "tests") if path.stem in vague] == []


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda path: path.name)
def test_plugins_init_is_its_table_of_contents(plugin: Path) -> None:
    """Imports, constants and hook implementations, on one screen."""
    path = plugin / "__init__.py"
    assert len(path.read_text().splitlines()) < 60
    assert ast.get_docstring(tree_of(path))
    for node in tree_of(path).body[1:]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            decorators = [ast.unparse(decorator).partition("(")[0] for decorator in node.decorator_list]
            assert decorators == ["hookimpl"], f"{where(path, node)}: {node.name} is no @hookimpl function"
        else:
            assert isinstance(node, ast.Import | ast.ImportFrom | ast.Assign), f"{where(path, node)} belongs elsewhere"


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda path: path.name)
def test_plugin_has_readme_tests_and_entry_point(plugin: Path) -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["mutoscope.plugins"]

    assert (plugin / "README.md").exists()
    assert list((ROOT / "tests" / "plugins" / plugin.name).glob("test_*.py"))
    assert declared.get(plugin.name) == f"plugins.{plugin.name}"


def test_every_declared_plugin_is_there() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["mutoscope.plugins"]

    assert sorted(declared) == sorted(plugin.name for plugin in PLUGINS)


@cache
def names_of_tests() -> set[str]:
    return {function.name for path in files("tests") for function in functions(path)}


@pytest.mark.parametrize("hook", HOOKS, ids=lambda node: node.name)
def test_hook_is_specified_documented_and_tested(hook: ast.FunctionDef) -> None:
    assert [ast.unparse(decorator) for decorator in hook.decorator_list] == ["hookspec"]
    assert len((ast.get_docstring(hook) or "").splitlines()) in range(1, 6)
    assert f"\n### {hook.name}\n" in (ROOT / "docs" / "hooks.md").read_text()
    assert f"test_hook_{hook.name}" in names_of_tests()


FORBIDDEN = {
    "shell=True": re.compile(r"shell\s*=\s*True"),
    "a template made of a string": re.compile(r"\bfrom_string\("),
    "pickle": re.compile(r"^\s*(?:import|from)\s+(?:pickle|marshal|shelve|dill|cloudpickle)\b", re.MULTILINE),
    "a filter whose keys are data": re.compile(r"\.(?:filter|exclude|get|get_or_none|order_by)\(\s*\*\*"),
    "eval or exec": re.compile(r"(?<![\w.])(?:eval|exec)\("),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_source_holds_nothing_that_is_never_safe(what: str) -> None:
    found = [
        where(path, text.count("\n", 0, match.start()) + 1)
        for path in files("core", "plugins")
        for text in [path.read_text()]
        for match in FORBIDDEN[what].finditer(text)
    ]
    assert found == [], what


def test_one_place_runs_programs() -> None:
    starts = re.compile(r"\bos\.(?:system|popen|exec\w+|spawn\w+|fork)\(|\bsubprocess\.\w+\(|create_subprocess_\w+\(")
    found = [
        where(path, 1)
        for path in files("core", "plugins")
        if starts.search(path.read_text()) and path.parent != ROOT / "core" / "processes"
    ]
    assert found == []


def test_templates_escape_everything_and_hold_nothing_inline() -> None:
    inline = re.compile(r"\|\s*safe\b|\{%-?\s*autoescape\b|\sstyle=|\son[a-z]+=[\"']|javascript:", re.IGNORECASE)
    found = [
        where(path, text.count("\n", 0, match.start()) + 1)
        for path in files(*SOURCES, ending=".html")
        for text in [path.read_text()]
        for match in inline.finditer(text)
    ]
    assert found == []


def test_scripts_touch_no_markup_as_text() -> None:
    sinks = re.compile(r"\.(?:innerHTML|outerHTML)\b|insertAdjacentHTML|document\.write|\beval\(|new Function\(")
    found = [
        where(path, text.count("\n", 0, match.start()) + 1)
        for path in files(*SOURCES, ending=".js")
        for text in [path.read_text()]
        for match in sinks.finditer(text)
    ]
    assert found == []


def test_files_and_functions_stay_readable() -> None:
    """STYLE.md says 200 and 30 lines: more is reported as a warning; 300 and 60 are where it ends."""
    sizes = {
        where(path, 1): len(path.read_text().splitlines())
        for path in files("core", "plugins")
        if "migrations" not in path.parts
    }
    lengths = {
        f"{where(path, function)} {function.name}": length(function)
        for path in files("core", "plugins")
        for function in functions(path)
    }
    report = [
        f"{place}: {lines}"
        for place, lines in (*sizes.items(), *lengths.items())
        if lines > (200 if place in sizes else 30)
    ]
    if report:
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            warnings.warn("longer than STYLE.md likes:\n" + "\n".join(report), stacklevel=1)

    assert {place: lines for place, lines in sizes.items() if lines > 300} == {}
    assert {place: lines for place, lines in lengths.items() if lines > 60} == {}
