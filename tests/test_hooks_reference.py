"""The generated pages of the documentation say what the code says."""

from pathlib import Path

import pytest

from core import reference


def test_generated_pages_are_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    committed = reference.DOCS
    monkeypatch.setattr(reference, "DOCS", tmp_path)

    reference.main()

    stale = [
        page.name
        for page in tmp_path.iterdir()
        if not (committed / page.name).exists() or page.read_text() != (committed / page.name).read_text()
    ]
    assert stale == [], "run `python -m core.reference` and commit what it writes"


def test_both_pages_are_generated(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [path.name for path in reference.pages()] == ["hooks.md", "api.md"]


def test_unusual_schemas_are_put_into_words() -> None:
    document = {
        "paths": {},
        "components": {
            "schemas": {
                "Odd": {
                    "properties": {
                        "fixed": {"const": "a|b"},
                        "either": {"anyOf": [{"type": "null"}, {"$ref": "#/components/schemas/Odd"}]},
                        "many": {"items": {"type": "string", "pattern": "^a$"}},
                        "free": {},
                    }
                },
                "Choice": {"enum": ["x", "y"], "description": "One of two."},
            }
        },
    }

    page = reference.api_page(document)

    assert "| `fixed` | `a\\|b` |" in page
    assert "| `either` | null or [Odd](#odd) |" in page
    assert "| `many` | list of string `^a$` |" in page
    assert "| `free` | anything |" in page
    assert "### Choice\n\nOne of two.\n\n`x` or `y`" in page
