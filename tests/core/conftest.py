"""Fixtures of the database's tests: apps whose models change, and an empty database on each engine."""

import sys
from pathlib import Path

import pytest

from tests.core.made_up_apps import MadeUpApps

_COUNTER = """
class Counter(Model):
    id = fields.IntField(primary_key=True)
    value = fields.IntField(default=0)
    name = fields.CharField(20, unique=True, null=True)
    seen = fields.DatetimeField(null=True)

    class Meta:
        table = "counter"
"""


@pytest.fixture
def made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MadeUpApps:
    """Return an empty folder of apps, from which they can be imported."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # bytecode of the same second would hide a change
    folder = tmp_path / "apps"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return MadeUpApps(folder)


@pytest.fixture
def counters(made_up: MadeUpApps) -> MadeUpApps:
    """Return one app with one model, `counters.models.Counter`."""
    made_up.write("counters", _COUNTER)
    return made_up
