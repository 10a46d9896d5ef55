"""Every row of the threat model that is dealt with so far has a test named after it, or a reason why not.

Uploads (U), playback (P), transcoding (T), and the promises of reliability (R).
"""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.threats.unproven import PARTLY, UNPROVEN

TESTS = Path(__file__).resolve().parents[1]
_LAST = {"U": 20, "P": 11, "T": 15, "R": 12}
ROWS = [f"{letter}-{number}" for letter, last in _LAST.items() for number in range(1, last + 1)]
LATER = {"R-14", "R-19", "R-25"}
"""Rows beyond these that have tests already."""
_NAMED = re.compile(r"_([uptr])_?(\d{1,2})(?=_|$)")


@cache
def proven() -> dict[str, set[str]]:
    """Return the tests by the row they are named after: `test_u3_…`, `test_u_3_…` or `test_…_u_3`."""
    found: dict[str, set[str]] = {}
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                for letter, number in _NAMED.findall(node.name):
                    found.setdefault(f"{letter.upper()}-{int(number)}", set()).add(f"{path.name}::{node.name}")
    return found


@pytest.mark.parametrize("row", ROWS)
def test_row_has_a_test_or_a_reason(row: str) -> None:
    assert (row in proven()) != (row in UNPROVEN), f"{row}: write a test named after it, or a reason, and not both"


def test_tests_are_named_after_rows_that_exist() -> None:
    assert {row: sorted(names) for row, names in proven().items() if row not in {*ROWS, *LATER}} == {}


def test_reasons_are_sentences_about_rows() -> None:
    assert set(UNPROVEN) | set(PARTLY) <= set(ROWS)
    assert all(row in proven() for row in PARTLY)
    assert all(reason.endswith(".") and len(reason) > 40 for reason in (*UNPROVEN.values(), *PARTLY.values()))


def test_file_of_a_row_proves_that_row() -> None:
    for path in Path(__file__).parent.glob("test_[uptr][0-9][0-9]_*.py"):
        row = f"{path.name[5].upper()}-{int(path.name[6:8])}"
        assert any(name.startswith(f"{path.name}::") for name in proven()[row]), path.name
