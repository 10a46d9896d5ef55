"""`python -m core.reference` writes docs/hooks.md from the hook specifications and docs/api.md from the routes."""

import ast
import asyncio
import inspect
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from core import hookspecs
from core.app import make_app
from core.plugins import ENTRY_POINTS
from core.services import configure_from, open_services

DOCS = Path(__file__).parents[1] / "docs"
_DISTRIBUTION = "mutoscope"
_SECTION = re.compile(r"# ── (\w+) ─+")
_GENERATED = "<!-- Written by `python -m core.reference`; a test fails when it is out of date. -->"
_Json = Mapping[str, Any]


def hooks_page(plugins: Mapping[str, ModuleType]) -> str:
    """Return docs/hooks.md; `plugins` are those that may be named as examples."""
    source = inspect.getsource(hookspecs)
    lines = source.splitlines()
    sections = {number: match[1] for number, line in enumerate(lines) if (match := _SECTION.match(line))}
    parts = ["# Hooks", _GENERATED, inspect.cleandoc(hookspecs.__doc__ or "")]
    for node in ast.parse(source).body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        begun = [number for number in sections if number < node.lineno]
        parts += [f"## {sections.pop(number).capitalize()}" for number in begun]
        parts += _hook(node, plugins)
    return "\n\n".join(parts) + "\n"


def _hook(node: ast.FunctionDef | ast.AsyncFunctionDef, plugins: Mapping[str, ModuleType]) -> Iterator[str]:
    prefix = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    returns = ast.unparse(node.returns).strip("'\"") if node.returns else "None"
    signature = f"{prefix} {node.name}({ast.unparse(node.args)}) -> {returns}".replace("'", "")
    users = [name for name, module in plugins.items() if hasattr(getattr(module, node.name, None), "mutoscope_impl")]
    yield f"### {node.name}"
    yield f"```python\n{signature}\n```"
    yield ast.get_docstring(node) or ""
    yield "Implemented by " + (", ".join(f"`{name}`" for name in users) or "no built-in plugin") + "."


def api_page(document: _Json) -> str:
    """Return docs/api.md for an OpenAPI document."""
    by_tag: defaultdict[str, list[str]] = defaultdict(list)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            by_tag[operation["tags"][0]] += _operation(method.upper(), path, operation)
    parts = ["# JSON API", _GENERATED, _API_INTRODUCTION]
    for tag in sorted(by_tag):
        parts += [f"## {tag}", *by_tag[tag]]
    parts.append("## Objects")
    for name, schema in sorted(document["components"]["schemas"].items()):
        parts += _schema(name, schema)
    return "\n\n".join(part for part in parts if part) + "\n"


_API_INTRODUCTION = """Programs read `/api/v1/openapi.json` of any running site; its `/api` shows the same as a page.
Requests carry a session cookie where an operation asks for a permission. Bodies are JSON, sent as `application/json`.
Errors are `application/problem+json` (RFC 9457) with a stable `code`, a sentence in `detail`, and `errors` by field."""


def _operation(method: str, path: str, operation: _Json) -> Iterator[str]:
    yield f"### {method} {path}"
    yield f"{operation['summary']}. {operation['description']}"
    yield _table(
        ["Parameter", "In", "Value"],
        [
            [f"`{parameter['name']}`", parameter["in"], _type(parameter["schema"])]
            for parameter in operation["parameters"]
        ],
    )
    if body := operation.get("requestBody"):
        yield f"Send {_content(body)}."
    yield _table(
        ["Status", "Answer"],
        [
            [status, _content(answer) if status < "300" and "content" in answer else answer["description"]]
            for status, answer in operation["responses"].items()
        ],
    )


def _content(holder: _Json) -> str:
    ((media_type, content),) = holder["content"].items()
    kind = "" if media_type == "application/json" else f" as `{media_type}`"
    return _type(content["schema"]) + kind


def _schema(name: str, schema: _Json) -> Iterator[str]:
    yield f"### {name}"
    yield inspect.cleandoc(schema.get("description", ""))
    if "enum" in schema:
        yield _type(schema)
    required = schema.get("required", [])
    rows = [
        [f"`{field}`", _type(value), "yes" if field in required else "", value.get("description", "")]
        for field, value in schema.get("properties", {}).items()
    ]
    yield _table(["Field", "Value", "Always there", "Meaning"], rows)


def _type(schema: _Json) -> str:
    """Return a schema in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_type(option) for option in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if "items" in schema:
        return f"list of {_type(schema['items'])}"
    word = schema.get("format") or schema.get("type", "anything")
    return f"{word} `{schema['pattern']}`" if "pattern" in schema else str(word)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|").strip() for cell in line) + " |" for line in lines)


def built_in_plugins() -> dict[str, ModuleType]:
    """Import the plugins of our own distribution, by name; what else is installed here stays out of the pages."""
    points = [point for point in entry_points(group=ENTRY_POINTS) if point.dist and point.dist.name == _DISTRIBUTION]
    return {point.name: point.load() for point in sorted(points, key=lambda point: point.name)}


async def api_document() -> _Json:
    """Return the OpenAPI document of a site with default settings, opened in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_services(*configure_from({"data_dir": folder})) as services:
            make_app(services)
            return services.reference.document


def pages() -> dict[Path, str]:
    """Return what the generated files have to hold."""
    return {
        DOCS / "hooks.md": hooks_page(built_in_plugins()),
        DOCS / "api.md": api_page(asyncio.run(api_document())),
    }


def main() -> None:
    """Write the files."""
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
