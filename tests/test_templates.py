"""What templates and scripts name exists: static files, icons, macros, modules."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

ROOT = Path(__file__).parent.parent
TEMPLATES = sorted(
    path for room in ("core", "plugins", "themes") for path in (ROOT / room).rglob("templates/**/*.html")
)
SCRIPTS = sorted(
    path
    for room in ("core", "plugins", "themes")
    for path in (ROOT / room).rglob("static/**/*.js")
    if "vendor" not in path.parts
)
PACKAGE = json.loads((ROOT / "package.json").read_text())["vendor"]
ICONS = set(PACKAGE["sprite"]["icons"])
VENDORED = {f"core/vendor/{name}" for name in [*PACKAGE["files"], PACKAGE["sprite"]["file"]]}

_IMPORTED = re.compile(r"""(?:\bfrom\s+|^import\s+|\bimport\()["']([^"']+)["']""", re.MULTILINE)
_NAV_ICON = re.compile(r'NavItem\(\s*"[^"]+",\s*"([^"]+)"')

environment = Environment(autoescape=True, enable_async=True)
for name in ("ago", "compact", "date", "duration", "filesize", "prose"):
    environment.filters[name] = str


def parse(path: Path) -> nodes.Template:
    return environment.parse(path.read_text())


def first_words(template: nodes.Template, *functions: str) -> Iterator[str]:
    """Yield the first argument of every call of a function, where it is written out."""
    for call in template.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in functions and call.args:
            first = call.args[0]
            if isinstance(first, nodes.Const) and isinstance(first.value, str):
                yield first.value


def file_of(asset: str) -> Path:
    """Where a static file lies in the repository: `theme/x`, `core/x` or `<plugin>/x`."""
    owner, _, rest = asset.partition("/")
    folders = {"theme": ROOT / "themes" / "default", "core": ROOT / "core"}
    return folders.get(owner, ROOT / "plugins" / owner) / "static" / rest


def template_called(name: str) -> Path:
    return next(path for path in TEMPLATES if path.as_posix().endswith(f"templates/{name}"))


def ids(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", TEMPLATES, ids=ids)
def test_every_static_file_a_template_names_exists(path: Path) -> None:
    missing = [
        name for name in first_words(parse(path), "asset") if name not in VENDORED and not file_of(name).is_file()
    ]
    assert missing == []


@pytest.mark.parametrize("path", TEMPLATES, ids=ids)
def test_every_icon_a_template_names_is_in_the_sprite(path: Path) -> None:
    assert {*first_words(parse(path), "icon", "empty")} - ICONS == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=ids)
def test_every_macro_a_template_imports_exists(path: Path) -> None:
    for statement in parse(path).find_all(nodes.FromImport):
        assert isinstance(statement.template, nodes.Const)
        offered = {macro.name for macro in parse(template_called(statement.template.value)).find_all(nodes.Macro)}
        wanted = {name if isinstance(name, str) else name[0] for name in statement.names}
        assert wanted - offered == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=ids)
def test_no_template_marks_text_as_safe_or_carries_inline_code(path: Path) -> None:
    used = {found.name for found in parse(path).find_all(nodes.Filter)}
    assert "safe" not in used
    assert re.findall(r"<[^>]*\s(?:style|on[a-z]+)=", path.read_text()) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=ids)
def test_every_module_a_script_imports_exists(path: Path) -> None:
    named = _IMPORTED.findall(path.read_text())
    assert [name for name in named if name not in VENDORED and not file_of(name).is_file()] == []


def test_every_navigation_icon_is_in_the_sprite() -> None:
    sources = [path.read_text() for path in (ROOT / "plugins").glob("*/*.py")]
    assert {icon for source in sources for icon in _NAV_ICON.findall(source)} - ICONS == set()
