"""Keeps the record of a run: triggers write down each commit, whoever makes it and however soon that one is killed."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.chaos.events import (
    Announced,
    Claimed,
    Completed,
    Current,
    Erased,
    Event,
    Left,
    SaidDone,
    SetGone,
    Stored,
    UploadChanged,
)
from tests.chaos.history import check

DATABASE = "mutoscope.sqlite3"

_OVERDUE = "CASE OLD.state WHEN 'running' THEN (julianday('now') - julianday(OLD.lease_until)) * 86400 END"
_TRIGGERS = {
    "claimed": (
        "AFTER UPDATE ON job WHEN NEW.fence <> OLD.fence",
        f"'job', NEW.id, 'fence', NEW.fence, 'attempts', NEW.attempts, 'overdue', {_OVERDUE}",
    ),
    "left": (
        "AFTER UPDATE ON job WHEN NEW.state <> OLD.state AND NEW.state <> 'running'",
        "'job', NEW.id, 'fence', NEW.fence, 'before', OLD.state, 'after', NEW.state",
    ),
    "stored": ("AFTER INSERT ON encoded_part", "'run', NEW.run, 'name', NEW.name, 'encoded', json(NEW.encoded)"),
    "completed": (
        "AFTER UPDATE ON rendition_set WHEN NEW.complete <> OLD.complete",
        "'set', NEW.id, 'complete', NEW.complete",
    ),
    "announced": (
        "AFTER INSERT ON rendition",
        "'set', NEW.rendition_set_id, 'rendition', NEW.name, 'segments', json(NEW.segments), 'ended', NEW.ended",
    ),
    "current": (
        "AFTER UPDATE ON video WHEN NEW.current_set_id IS NOT OLD.current_set_id",
        "'video', NEW.id, 'set', NEW.current_set_id",
    ),
    "set_gone": ("BEFORE DELETE ON rendition_set", "'set', OLD.id"),
    "erased": ("BEFORE DELETE ON video", "'video', OLD.id"),
    "upload": (
        "AFTER UPDATE ON upload WHEN NEW.state <> OLD.state",
        "'upload', NEW.id, 'video', NEW.video_id, 'state', NEW.state",
    ),
    "upload_gone": ("BEFORE DELETE ON upload", "'upload', OLD.id, 'video', OLD.video_id, 'state', NULL"),
}


def record(data_dir: Path) -> None:
    """Write down from now on what is committed to the SQLite database of a site; its tables are there already."""
    with closing(sqlite3.connect(data_dir / DATABASE, timeout=30)) as connection, connection:
        connection.execute("CREATE TABLE IF NOT EXISTS history (number INTEGER PRIMARY KEY, what TEXT, facts TEXT)")
        for what, (when, facts) in _TRIGGERS.items():
            insert = f"INSERT INTO history (what, facts) VALUES ('{what}', json_object({facts}))"
            connection.execute(f"CREATE TRIGGER IF NOT EXISTS history_{what} {when} BEGIN {insert}; END")


def recorded(data_dir: Path) -> list[Event]:
    """Return what was committed since `record`, in the order of the commits."""
    with closing(sqlite3.connect(data_dir / DATABASE, timeout=30)) as connection:
        rows = connection.execute("SELECT what, facts FROM history ORDER BY number").fetchall()
    return [_READERS[what](**json.loads(facts)) for what, facts in rows]


def said(entries: Iterable[Any]) -> Iterator[Event]:
    """Yield what log entries say that workers have done."""
    for entry in entries:
        if entry.get("event") == "job_done":
            yield SaidDone(entry["job"], entry["fence"])


def entries_of(log: str) -> Iterator[dict[str, Any]]:
    """Yield the entries of a log that processes wrote, as JSON; what a process printed besides is no entry."""
    for line in log.splitlines():
        if line.startswith("{") and line.endswith("}"):
            yield json.loads(line)


def assert_history(data_dir: Path, *, log: Iterable[Any] = (), clients: Iterable[Event] = ()) -> None:
    """Fail unless what was committed, what workers said in `log`, and what `clients` saw are one good history."""
    committed = recorded(data_dir)
    wrong = check([*committed, *said(log), *clients])
    assert wrong == [], "\n".join([*wrong, *map(str, committed)])


def _stored(run: str, name: str, encoded: Any) -> Event:
    places = {file.partition("/")[0] for file in _files(encoded)}
    pairs = [place.rpartition("-") for place in places]
    return Stored(run, name, frozenset((job, int(fence)) for job, _, fence in pairs))


def _files(encoded: Any) -> Iterator[str]:
    for rendition in encoded["renditions"]:
        yield rendition["init"]
        yield from (segment["name"] for segment in rendition["segments"])


def _announced(set: str, rendition: str, segments: list[list[Any]], ended: int) -> Event:  # noqa: A002 - as in Announced
    return Announced(set, rendition, tuple(name for name, _, _ in segments), bool(ended))


_READERS: dict[str, Callable[..., Event]] = {
    "claimed": Claimed,
    "left": Left,
    "stored": _stored,
    "completed": lambda set, complete: Completed(set, bool(complete)),  # noqa: A006 - as in Completed
    "announced": _announced,
    "current": Current,
    "set_gone": SetGone,
    "erased": Erased,
    "upload": UploadChanged,
    "upload_gone": UploadChanged,
}
